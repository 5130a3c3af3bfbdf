import TensorCore

/// Conv whose products are added in narrow blocks, in the order of the weights: channel, then row, then column.
struct BlockConvolution: Kernel {
  let batch: Int
  let group: Int
  /// Of one group.
  let inputChannels: Int
  let outputChannels: Int
  let columns: Im2col
  let isChannelsLast: Bool
  /// `[group][input channel, tap][output channel]`.
  let weights: [Float]
  let bias: [Float]
  let sum: BlockSum

  private var depth: Int { inputChannels * columns.kernelCount }

  /// The taps under one window, a row of work and a row of results.
  var scratchByteCount: Int { (depth + 2 * outputChannels) * MemoryLayout<Float>.stride }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let taps = unsafe frame.scratch.assumingMemoryBound(to: Float.self)
    let work = unsafe taps + depth
    let results = unsafe work + outputChannels
    unsafe weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      for image in 0..<batch {
        for part in 0..<group {
          let own = unsafe weights + part * depth * outputChannels
          for pixel in 0..<columns.outputCount {
            unsafe gather(x, image, part, pixel, into: taps)
            unsafe sum.products(depth, width: outputChannels, { unsafe taps[$0] }, own, work: work, into: results)
            for channel in 0..<outputChannels {
              let whole = part * outputChannels + channel
              let place = place(image, whole, group * outputChannels, pixel, columns.outputCount)
              unsafe y[place] = results[channel] + bias[whole]
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func place(_ image: Int, _ channel: Int, _ channels: Int, _ pixel: Int, _ pixels: Int) -> Int {
    isChannelsLast ? (image * pixels + pixel) * channels + channel : (image * channels + channel) * pixels + pixel
  }

  private func gather(
    _ x: Elements<Float>, _ image: Int, _ part: Int, _ pixel: Int, into taps: UnsafeMutablePointer<Float>
  ) {
    let (depth, height, width) = (columns.depth, columns.height, columns.width)
    let plane = height.output * width.output
    let (outZ, outY, outX) = (pixel / plane, pixel % plane / width.output, pixel % width.output)
    var tap = 0
    for channel in 0..<inputChannels {
      let whole = part * inputChannels + channel
      for z in 0..<depth.kernel {
        let inZ = outZ * depth.stride + z * depth.dilation - depth.padBegin
        for y in 0..<height.kernel {
          let inY = outY * height.stride + y * height.dilation - height.padBegin
          for step in 0..<width.kernel {
            let inX = outX * width.stride + step * width.dilation - width.padBegin
            let isInside =
              inZ >= 0 && inZ < depth.input && inY >= 0 && inY < height.input && inX >= 0 && inX < width.input
            let inner = (inZ * height.input + inY) * width.input + inX
            unsafe taps[tap] =
              isInside ? x[place(image, whole, group * inputChannels, inner, columns.imageCount)] : 0
            tap += 1
          }
        }
      }
    }
  }
}

extension Conv {
  /// Nil where the weights depend on the sample.
  func blockConvolution(
    _ operands: Operands, _ sum: BlockSum, isChannelsLast: Bool
  ) throws(OperatorError) -> (any Kernel)? {
    let (x, shape, geometry) = try resolve(operands)
    guard let values = operands[optional: 1]?.value?.floats, operands.areKnown(2), let axes = geometry.threeAxes else {
      return nil
    }
    let columns = Im2col(axes)
    let outputs = shape[0] / group, depth = shape[1] * columns.kernelCount
    var packed = Array(repeating: Float(0), count: values.count)
    for channel in 0..<shape[0] {
      let (part, own) = (channel / max(outputs, 1), channel % max(outputs, 1))
      for tap in 0..<depth { packed[(part * depth + tap) * outputs + own] = values[channel * depth + tap] }
    }
    return BlockConvolution(
      batch: x[0], group: group, inputChannels: shape[1], outputChannels: outputs, columns: columns,
      isChannelsLast: isChannelsLast, weights: packed,
      bias: operands[optional: 2]?.value?.floats ?? Array(repeating: 0, count: shape[0]), sum: sum)
  }
}
