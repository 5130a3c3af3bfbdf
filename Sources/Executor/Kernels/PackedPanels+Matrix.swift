import KernelInterface
import TensorCore

extension PackedPanels {
  /// Packs a matrix `[K, N]`, or `[N, K]` where it is transposed, with each of the `N` columns a channel.
  static func matrix(_ matrix: Tensor, isTransposed: Bool, for table: KernelTable) -> TensorBuffer {
    let (depth, columns) = isTransposed ? (matrix.shape[1], matrix.shape[0]) : (matrix.shape[0], matrix.shape[1])
    let layout = PanelLayout(channels: columns, lanes: table.lanes, widest: table.panelVectors)
    let buffer = TensorBuffer(byteCount: layout.packedCount(depth: depth) * MemoryLayout<Float>.stride)
    let values = unsafe matrix.base.assumingMemoryBound(to: Float.self)
    var target = unsafe buffer.base.assumingMemoryBound(to: Float.self)
    layout.forEachVector(depth: depth) { k, first in
      if isTransposed {
        for lane in 0..<table.lanes { unsafe target[lane] = values[(first &+ lane) &* depth &+ k] }
      } else {
        unsafe target.update(from: values + (k &* columns &+ first), count: table.lanes)
      }
      unsafe target += table.lanes
    }
    return buffer
  }
}
