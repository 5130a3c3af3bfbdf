import TensorCore

/// A convolution in which every input channel has weights of its own: one image plane in, `multiplier` planes out.
struct DepthwiseConvolution: Kernel {
  let batch: Int
  let channels: Int
  let multiplier: Int
  let depth: WindowGeometry.Axis
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = unsafe try frame.input(0).elements(as: Float.self)
    let weights = unsafe try frame.input(1).elements(as: Float.self)
    let bias = unsafe frame.optional(2)?.elements(as: Float.self)
    let y = unsafe frame.outputs[0].elements(as: Float.self)
    guard let x = x.baseAddress, let weights = weights.baseAddress, let y = y.baseAddress else {
      return
    }
    let imageCount = depth.input * height.input * width.input
    let pixels = depth.output * height.output * width.output
    let taps = depth.kernel * height.kernel * width.kernel
    for item in 0..<batch {
      for channel in 0..<(channels * multiplier) {
        let plane = unsafe x + (item * channels + channel / multiplier) * imageCount
        let target = unsafe y + (item * channels * multiplier + channel) * pixels
        unsafe target.update(repeating: bias.map { unsafe $0[channel] } ?? 0, count: pixels)
        unsafe accumulate(plane, weights + channel * taps, target)
      }
    }
  }

  private func accumulate(
    _ plane: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    for outZ in 0..<depth.output {
      for outY in 0..<height.output {
        let row = unsafe target + (outZ * height.output + outY) * width.output
        var tap = 0
        for z in 0..<depth.kernel {
          let sourceZ = outZ * depth.stride + z * depth.dilation - depth.padBegin
          for y in 0..<height.kernel {
            let sourceY = outY * height.stride + y * height.dilation - height.padBegin
            let isInside = sourceZ >= 0 && sourceZ < depth.input && sourceY >= 0 && sourceY < height.input
            if isInside {
              let line = unsafe plane + (sourceZ * height.input + sourceY) * width.input
              unsafe accumulateRow(line, weights + tap, row)
            }
            tap += width.kernel
          }
        }
      }
    }
  }

  @inline(__always)
  private func accumulateRow(
    _ line: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ row: UnsafeMutablePointer<Float>
  ) {
    for x in 0..<width.kernel {
      let weight = unsafe weights[x]
      let inside = width.inside(tap: x)
      let source = unsafe line + (x * width.dilation - width.padBegin)
      if width.stride == 1 {
        for i in inside { unsafe row[i] += source[i] * weight }
      } else {
        for i in inside { unsafe row[i] += source[i &* width.stride] * weight }
      }
    }
  }
}
