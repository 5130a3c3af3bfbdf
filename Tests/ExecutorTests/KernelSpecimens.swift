import KernelInterface
import TensorCore
import TestSupport

/// A convolution as ``ConvolutionTask`` describes it, of random extents, whose windows lie inside the image.
struct ConvolutionSpecimen: CustomStringConvertible {
  let channels: Int
  let outputs: Int
  let kernel: Int
  let stride: Int
  let extent: Int
  let x: [Float]
  let weights: [Float]
  let bias: [Float]

  init(_ random: inout RandomNumbers) {
    // Now and then so many products that their sum is carried over from block to block.
    let isDeep = random.int(in: 0...4) == 0
    kernel = random.int(in: 1...3)
    channels = isDeep ? random.int(in: 500...1500) : random.int(in: 1...40)
    outputs = random.int(in: 4...90)
    stride = random.int(in: 1...2)
    extent = kernel + random.int(in: 0...(isDeep ? 3 : 8))
    x = random.floats(extent * extent * channels)
    weights = random.floats(kernel * kernel * channels * outputs)
    bias = random.floats(outputs)
  }

  var output: Int { (extent - kernel) / stride + 1 }
  var description: String { "\(channels) to \(outputs), kernel \(kernel), stride \(stride), extent \(extent)" }

  func run(_ table: KernelTable, _ rounding: ValueRounding = .none) -> [Float] {
    var epilogue = Epilogue()
    epilogue.rounding = rounding
    let layout = PanelLayout(channels: outputs, lanes: table.lanes, widest: table.panelVectors)
    let depth = kernel * kernel * channels
    var packed: [Float] = []
    layout.forEachVector(depth: depth) { k, first in
      packed += weights[k * outputs + first..<k * outputs + first + table.lanes]
    }
    let runs = (0..<kernel).map { $0 * extent * channels }
    var result = [Float](repeating: .nan, count: output * output * outputs)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe packed.withUnsafeBufferPointer { packed in
        unsafe bias.withUnsafeBufferPointer { bias in
          unsafe runs.withUnsafeBufferPointer { runs in
            unsafe result.withUnsafeMutableBufferPointer { result in
              guard let x = x.baseAddress, let packed = packed.baseAddress, let bias = bias.baseAddress,
                let offsets = runs.baseAddress, let result = result.baseAddress
              else { return }
              table.convolve(
                unsafe ConvolutionTask(
                  input: x, inputRowStep: stride * extent * channels, inputPixelStep: stride * channels, runs: offsets,
                  runCount: kernel, runLength: kernel * channels, weights: packed, bias: bias, output: result,
                  outputPixelStep: outputs, outputWidth: output, outputHeight: output, outputChannels: outputs,
                  epilogue: epilogue))
            }
          }
        }
      }
    }
    return result
  }

  func reference() -> [Double] {
    (0..<(output * output * outputs)).map { index in
      let channel = index % outputs, column = index / outputs % output, row = index / outputs / output
      var sum = Double(bias[channel])
      for k in 0..<(kernel * kernel * channels) {
        let (tap, input) = k.quotientAndRemainder(dividingBy: channels)
        let y = row * stride + tap / kernel, x = column * stride + tap % kernel
        sum += Double(self.x[(y * extent + x) * channels + input]) * Double(weights[k * outputs + channel])
      }
      return sum
    }
  }
}

/// Calls `body` with an epilogue that scales, shifts, adds, and clips to `bounds`.
func withEpilogue(
  scale: [Float], shift: [Float], residual: [Float], bounds: ClosedRange<Float>, _ body: (Epilogue) -> Void
) {
  unsafe scale.withUnsafeBufferPointer { scale in
    unsafe shift.withUnsafeBufferPointer { shift in
      unsafe residual.withUnsafeBufferPointer { residual in
        var epilogue = Epilogue()
        unsafe epilogue.scale = scale.baseAddress
        unsafe epilogue.shift = shift.baseAddress
        unsafe epilogue.residual = residual.baseAddress
        epilogue.lower = bounds.lowerBound
        epilogue.upper = bounds.upperBound
        body(epilogue)
      }
    }
  }
}

extension KernelTable {
  /// What ``finish`` makes of `values`.
  func finished(_ values: [Float], channels: Int, _ epilogue: Epilogue) -> [Float] {
    var values = values
    let pixels = values.count / channels
    unsafe values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      unsafe finish(start, pixels, channels, epilogue)
    }
    return values
  }
}

/// Windows that treat each channel by itself, of random extents and borders.
struct WindowSpecimen: CustomStringConvertible {
  let channels: Int
  let axes: [WindowTask.Axis]
  let x: [Float]
  let weights: [Float]
  let bias: [Float]
  let scale: [Float]
  let shift: [Float]
  let residual: [Float]

  init(_ random: inout RandomNumbers) {
    channels = random.int(in: 16...150)
    axes = (0..<2).map { _ in
      let kernel = random.int(in: 1...5), dilation = random.int(in: 1...2), stride = random.int(in: 1...3)
      let begin = random.int(in: 0...2), end = random.int(in: 0...2)
      let input = (kernel - 1) * dilation + 1 + random.int(in: 0...22)
      return WindowTask.Axis(
        input: input, output: (input + begin + end - (kernel - 1) * dilation - 1) / stride + 1, kernel: kernel,
        stride: stride, dilation: dilation, padBegin: begin)
    }
    x = random.floats(channels * axes[0].input * axes[1].input)
    weights = random.floats(channels * axes[0].kernel * axes[1].kernel)
    bias = random.floats(channels)
    scale = random.floats(channels)
    shift = random.floats(channels)
    residual = random.floats(channels * axes[0].output * axes[1].output)
  }

  var description: String { "\(channels) channels, \(axes)" }

  func run(_ kernel: (WindowTask) -> Void) -> [Float] {
    var result = [Float](repeating: .nan, count: channels * axes[0].output * axes[1].output)
    unsafe x.withUnsafeBufferPointer { x in
      unsafe result.withUnsafeMutableBufferPointer { result in
        guard let x = x.baseAddress, let result = result.baseAddress else { return }
        kernel(unsafe WindowTask(input: x, output: result, channels: channels, height: axes[0], width: axes[1]))
      }
    }
    return result
  }

  func depthwise(_ table: KernelTable, _ rounding: ValueRounding = .none) -> [Float] {
    var epilogue = Epilogue()
    epilogue.rounding = rounding
    return depthwise(table, epilogue)
  }

  func depthwise(_ table: KernelTable, _ epilogue: Epilogue) -> [Float] {
    run { task in
      unsafe weights.withUnsafeBufferPointer { weights in
        unsafe bias.withUnsafeBufferPointer { bias in
          guard let weights = weights.baseAddress, let bias = bias.baseAddress else { return }
          unsafe table.depthwise(task, weights, bias, epilogue)
        }
      }
    }
  }

  func reference() -> [Double] {
    (0..<(channels * axes[0].output * axes[1].output)).map { index in
      let channel = index % channels, column = index / channels % axes[1].output,
        row = index / channels / axes[1].output
      var sum = Double(bias[channel])
      for ky in 0..<axes[0].kernel {
        for kx in 0..<axes[1].kernel {
          let y = row * axes[0].stride + ky * axes[0].dilation - axes[0].padBegin
          let x = column * axes[1].stride + kx * axes[1].dilation - axes[1].padBegin
          guard y >= 0, y < axes[0].input, x >= 0, x < axes[1].input else { continue }
          sum +=
            Double(self.x[(y * axes[1].input + x) * channels + channel])
            * Double(weights[(ky * axes[1].kernel + kx) * channels + channel])
        }
      }
      return sum
    }
  }
}
