import KernelInterface
import TensorCore

/// A constant matrix `[K, N]` in the order of ``PanelLayout``, each column a channel.
final class PackedMatrix: Sendable {
  let weights: PackedWeights
  /// Kept, so that no other matrix comes to lie where this one does.
  private let source: Tensor

  private struct Key: Hashable {
    let address: UInt
    let extents: [Int]
    let isTransposed: Bool
    let instructionSet: String
  }

  private static let shared = SharedPacking<Key, PackedMatrix>()

  /// The packing, shared with whoever else asked for it.
  ///
  /// - Parameter isTransposed: Whether `matrix` is `[N, K]`.
  static func packing(_ matrix: Tensor, isTransposed: Bool, for table: KernelTable) -> PackedMatrix {
    let key = Key(
      address: unsafe UInt(bitPattern: matrix.base), extents: matrix.shape.dimensions, isTransposed: isTransposed,
      instructionSet: table.name)
    return shared.packed(key) { PackedMatrix(matrix, isTransposed: isTransposed, for: table) }
  }

  private init(_ matrix: Tensor, isTransposed: Bool, for table: KernelTable) {
    source = matrix
    let (depth, columns) = isTransposed ? (matrix.shape[1], matrix.shape[0]) : (matrix.shape[0], matrix.shape[1])
    let layout = PanelLayout(channels: columns, lanes: table.lanes, widest: table.panelVectors)
    weights = PackedWeights {
      let elements = TensorBuffer(byteCount: layout.packedCount(depth: depth) * MemoryLayout<Float>.stride)
      let values = unsafe matrix.base.assumingMemoryBound(to: Float.self)
      var target = unsafe elements.base.assumingMemoryBound(to: Float.self)
      layout.forEachVector(depth: depth) { k, first in
        if isTransposed {
          for lane in 0..<table.lanes { unsafe target[lane] = values[(first &+ lane) &* depth &+ k] }
        } else {
          unsafe target.update(from: values + (k &* columns &+ first), count: table.lanes)
        }
        unsafe target += table.lanes
      }
      return elements
    }
  }
}
