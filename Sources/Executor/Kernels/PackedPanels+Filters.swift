import KernelInterface
import TensorCore

extension PackedPanels {
  /// Packs the weights `[M, C / group, …]` of a convolution, group after group: a row for each tap and input channel of the
  /// group, a column for each of its output channels.
  static func filters(_ filters: Tensor, group: Int, for table: KernelTable) -> TensorBuffer {
    let outputs = filters.shape[0] / group, inputs = filters.shape[1]
    let taps = filters.shape.dimensions.dropFirst(2).reduce(1, *), depth = taps * inputs
    let layout = PanelLayout(channels: max(outputs, table.lanes), lanes: table.lanes, widest: table.panelVectors)
    let buffer = TensorBuffer(byteCount: group * layout.packedCount(depth: depth) * MemoryLayout<Float>.stride)
    var target = unsafe buffer.base.assumingMemoryBound(to: Float.self)
    let values = unsafe filters.base.assumingMemoryBound(to: Float.self)
    // Product by product, tap after tap and in each the channels; the channels' taps lie one behind the other.
    let places = (0..<taps).flatMap { tap in (0..<inputs).map { $0 * taps + tap } }
    let lanes = min(table.lanes, outputs)
    for part in 0..<group {
      let source = unsafe values + part * outputs * depth
      layout.forEachVector(depth: depth) { k, first in
        for lane in 0..<lanes { unsafe target[lane] = source[(first &+ lane) &* depth &+ places[k]] }
        // Where a group has fewer channels than a vector.
        for lane in lanes..<table.lanes { unsafe target[lane] = 0 }
        unsafe target += table.lanes
      }
    }
    return buffer
  }
}
