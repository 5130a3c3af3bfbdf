import KernelInterface
import Kernels
import TensorCore

extension IntegerGrid {
  /// Gives each element of a float32 tensor as its integer code stands for it: as
  /// [QuantizeLinear](https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html) and then DequantizeLinear would.
  ///
  /// NaN becomes 0, values beyond the codes the nearest end. `target` may be `source`. A grid with an axis counts it
  /// in the order of ONNX, so `source` must lie so.
  func round(_ source: Tensor, into target: Tensor) {
    guard let from = unsafe source.elements(as: Float.self).baseAddress,
      let to = unsafe target.elements(as: Float.self).baseAddress
    else { return }
    guard let axis else {
      unsafe roundRun(from, to, source.count, channel: 0)
      return
    }
    let inner = source.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    guard inner > 0 else { return }
    for block in 0..<(source.count / inner) {
      unsafe roundRun(from + block * inner, to + block * inner, inner, channel: block % scales.count)
    }
  }

  /// Rounds elements that share a scale.
  private func roundRun(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, channel: Int
  ) {
    if let rounding = rounding(channel: channel) {
      unsafe KernelLibrary.current.round(source, target, count, rounding)
    } else {
      for i in 0..<count { unsafe target[i] = rounded(source[i], channel: channel) }
    }
  }
}
