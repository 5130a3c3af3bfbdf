import KernelInterface
import TensorCore

extension PackedPanels {
  /// Packs `G g Gᵀ` of the weights `[M, C, 3, 3]` of a convolution: for each of the 16 products of a tile a matrix `[C, M]`,
  /// with the output channels as channels. Worked out in float64, rounded once.
  static func winograd(_ filters: Tensor, for table: KernelTable) -> TensorBuffer {
    let outputs = filters.shape[0], inputs = filters.shape[1]
    let layout = PanelLayout(channels: outputs, lanes: table.lanes, widest: table.panelVectors)
    let planeStep = layout.packedCount(depth: inputs)
    let buffer = TensorBuffer(byteCount: WinogradTask.planeCount * planeStep * MemoryLayout<Float>.stride)
    let values = unsafe filters.base.assumingMemoryBound(to: Float.self)
    var target = unsafe buffer.base.assumingMemoryBound(to: Float.self)
    layout.forEachVector(depth: inputs) { k, first in
      for lane in 0..<table.lanes {
        let taps = unsafe values + ((first &+ lane) &* inputs &+ k) &* 9
        // The columns of `G g`, then each of its rows.
        let columns = (unsafe spread(taps, 3), unsafe spread(taps + 1, 3), unsafe spread(taps + 2, 3))
        for row in 0..<4 {
          let products = spread(columns.0[row], columns.1[row], columns.2[row])
          for column in 0..<4 {
            unsafe target[(row &* 4 &+ column) &* planeStep &+ lane] = Float(products[column])
          }
        }
      }
      unsafe target += table.lanes
    }
    return buffer
  }

  /// `G` times three taps.
  private static func spread(_ a: Double, _ b: Double, _ c: Double) -> SIMD4<Double> {
    SIMD4(a, (a + b + c) / 2, (a - b + c) / 2, c)
  }

  private static func spread(_ taps: UnsafePointer<Float>, _ step: Int) -> SIMD4<Double> {
    unsafe spread(Double(taps[0]), Double(taps[step]), Double(taps[2 &* step]))
  }
}
