import KernelInterface
import Kernels
import TensorCore

/// The weights `[M, C / group, …]` of a convolution, group after group, each in the order of ``PanelLayout``: a row for
/// each tap and input channel of the group, a column for each of its output channels.
final class PackedFilters: Sendable {
  let elements: TensorBuffer
  /// Kept, so that no other weights come to lie where these do.
  private let source: Tensor

  private struct Key: Hashable {
    let address: UInt
    let extents: [Int]
    let group: Int
    let instructionSet: String
  }

  private static let shared = SharedPacking<Key, PackedFilters>()

  /// The packing of constant weights, shared with whoever else asked for it.
  static func packing(_ weights: Tensor, group: Int, for table: KernelTable) -> PackedFilters {
    let key = Key(
      address: unsafe UInt(bitPattern: weights.base), extents: weights.shape.dimensions, group: group,
      instructionSet: table.name)
    return shared.packed(key) { PackedFilters(weights, group: group, for: table) }
  }

  /// - Parameter weights: Of float32, row-major.
  init(_ weights: Tensor, group: Int, for table: KernelTable) {
    source = weights
    let outputs = weights.shape[0] / group, inputs = weights.shape[1]
    let taps = weights.shape.dimensions.dropFirst(2).reduce(1, *)
    let values = weights.array(of: Float.self)
    // Where a group has fewer channels than a vector, its columns fill one.
    let layout = PanelLayout(channels: max(outputs, table.lanes), lanes: table.lanes, widest: table.panelVectors)
    var packed: [Float] = []
    for part in 0..<group {
      layout.pack(depth: taps * inputs, into: &packed) { k, channel in
        guard channel < outputs else { return 0 }
        let (tap, input) = k.quotientAndRemainder(dividingBy: inputs)
        return values[((part * outputs + channel) * inputs + input) * taps + tap]
      }
    }
    elements = TensorBuffer(byteCount: packed.count * MemoryLayout<Float>.stride)
    unsafe packed.withUnsafeBytes { packed in
      guard let start = packed.baseAddress else { return }
      unsafe elements.base.copyMemory(from: start, byteCount: packed.count)
    }
  }
}
