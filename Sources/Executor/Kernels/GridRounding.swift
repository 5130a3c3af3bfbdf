import TensorCore

extension IntegerGrid {
  /// Gives each element of a float32 tensor as its integer code stands for it: as
  /// [QuantizeLinear](https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html) and then DequantizeLinear would.
  ///
  /// NaN becomes 0, values beyond the codes the nearest end. `target` may be `source`. A grid with an axis counts it
  /// in the
  /// order of ONNX, so `source` must lie so.
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
    guard isByteWide else {
      for i in 0..<count { unsafe target[i] = rounded(source[i], channel: channel) }
      return
    }
    let scale = scales[channel], zero = zeroPoints[channel]
    let least = Float(codes.lowerBound - zero), greatest = Float(codes.upperBound - zero)
    // Adding and taking away 1.5 · 2²³ leaves the nearest integer, ties to even, of any number below 2²² in magnitude.
    let magic: Float = 12_582_912
    let lanes = 16
    var i = 0
    while i + lanes <= count {
      var code = unsafe UnsafeRawPointer(source + i).loadUnaligned(as: SIMD16<Float>.self) / scale
      code.replace(with: least, where: code .< least)
      code.replace(with: greatest, where: code .> greatest)
      code = (code + magic) - magic
      code.replace(with: 0, where: code .!= code)
      unsafe UnsafeMutableRawPointer(target + i).storeBytes(of: code * scale, as: SIMD16<Float>.self)
      i += lanes
    }
    while i < count {
      var code = unsafe source[i] / scale
      if code < least { code = least }
      if code > greatest { code = greatest }
      code = (code + magic) - magic
      unsafe target[i] = code.isNaN ? 0 : code * scale
      i += 1
    }
  }
}
