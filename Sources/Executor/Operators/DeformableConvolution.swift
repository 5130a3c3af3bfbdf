import TensorCore

/// Operators that slide weights over an image at places that the data moves.
let deformableConvolutions: [OperatorEntry] = [
  OperatorEntry("DeformConv", since: 19, Widened<DeformableConvolution>.self)
]

/// [DeformConv](https://onnx.ai/onnx/operators/onnx__DeformConv.html): a ``Conv`` over `[N, C, H, W]` each of whose taps is moved
/// by an offset and weighted by a mask; values between pixels are interpolated, those outside are 0.
///
/// Offsets are `[N, groups · taps · 2, …]`, the vertical one first; the optional mask (input 4) is `[N, groups · taps, …]`.
struct DeformableConvolution: Operator {
  let window: WindowAttributes
  let group: Int
  let offsetGroup: Int

  init(_ node: NodeReader) throws(OperatorError) {
    window = try WindowAttributes(node)
    group = try node.groupCount()
    offsetGroup = try node.groupCount("offset_group")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let size = try resolve(operands)
    return Outputs(TensorType([size.batch, size.outputChannels, size.height.output, size.width.output]))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel { try resolve(operands) }

  private func resolve(_ operands: Operands) throws(OperatorError) -> DeformableKernel {
    let x = try operands.required(0, .float32).shape, weights = try operands.required(1, .float32).shape
    guard x.rank == 4, weights.rank == 4, x[1] == weights[1] * group, weights[0] % group == 0, x[1] % offsetGroup == 0
    else {
      throw OperatorError(
        operands.node, .input(1, expected: "[M, C / \(group), …] that fits the input \(x)", found: "\(weights)"))
    }
    let geometry = try window.geometry(
      input: Array(x.dimensions.dropFirst(2)), kernel: Array(weights.dimensions.dropFirst(2)), node: operands.node)
    let taps = geometry.kernelCount * offsetGroup
    let expected: [(Int, Shape)] = [
      (2, Shape([x[0], 2 * taps] + geometry.output)), (3, [weights[0]]), (4, Shape([x[0], taps] + geometry.output)),
    ]
    for (index, shape) in expected where index == 2 || operands[optional: index] != nil {
      guard try operands.required(index, .float32).shape != shape else { continue }
      throw OperatorError(
        operands.node, .input(index, expected: "\(shape)", found: "\(try operands.required(index).type)"))
    }
    return DeformableKernel(
      batch: x[0], group: group, offsetGroup: offsetGroup, inputChannels: x[1], outputChannels: weights[0],
      height: geometry.axes[0], width: geometry.axes[1])
  }
}

/// Gathers the moved taps as columns, then multiplies by the weights.
private struct DeformableKernel: Kernel {
  let batch: Int
  let group: Int
  let offsetGroup: Int
  let inputChannels: Int
  let outputChannels: Int
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis

  private var taps: Int { height.kernel * width.kernel }
  private var pixels: Int { height.output * width.output }
  var scratchByteCount: Int { inputChannels * taps * pixels * MemoryLayout<Float>.stride }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), weights = try frame.input(1).values(of: Float.self)
    let offsets = try frame.input(2).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let bias = frame.optional(3)?.values(of: Float.self), mask = frame.optional(4)?.values(of: Float.self)
    let columns = unsafe Elements(
      frame.scratch.assumingMemoryBound(to: Float.self), count: inputChannels * taps * pixels)
    let plane = height.input * width.input
    let inputs = inputChannels / group * taps, outputs = outputChannels / group
    for item in 0..<batch {
      for channel in 0..<inputChannels {
        let part = (item * offsetGroup + channel / (inputChannels / offsetGroup)) * taps
        let image = x.from((item * inputChannels + channel) * plane)
        for tap in 0..<taps {
          let target = columns.from((channel * taps + tap) * pixels)
          let moved = offsets.from((part + tap) * 2 * pixels), weight = mask?.from((part + tap) * pixels)
          for pixel in 0..<pixels {
            let row = pixel / width.output * height.stride - height.padBegin + tap / width.kernel * height.dilation
            let column = pixel % width.output * width.stride - width.padBegin + tap % width.kernel * width.dilation
            let value = sample(image, Float(row) + moved[pixel], Float(column) + moved[pixels + pixel])
            target[pixel] = value * (weight.map { $0[pixel] } ?? 1)
          }
        }
      }
      for channel in 0..<outputChannels {
        let target = y.from((item * outputChannels + channel) * pixels)
        for i in 0..<pixels { target[i] = bias.map { $0[channel] } ?? 0 }
      }
      for part in 0..<group {
        unsafe gemm(
          m: outputs, n: pixels, k: inputs, weights.base + part * outputs * inputs, leadingA: inputs,
          columns.base + part * inputs * pixels, leadingB: pixels, beta: 1,
          y.base + (item * outputChannels + part * outputs) * pixels, leadingC: pixels)
      }
    }
  }

  /// The value between four pixels; those outside are 0.
  @inline(__always)
  private func sample(_ image: Elements<Float>, _ y: Float, _ x: Float) -> Float {
    // Also stops NaN, and what no `Int` holds.
    guard y > -1, y < Float(height.input), x > -1, x < Float(width.input) else { return 0 }
    let top = Int(y.rounded(.down)), left = Int(x.rounded(.down))
    let down = y - Float(top), right = x - Float(left)
    func pixel(_ row: Int, _ column: Int) -> Float {
      row >= 0 && row < height.input && column >= 0 && column < width.input ? image[row * width.input + column] : 0
    }
    return (1 - down) * ((1 - right) * pixel(top, left) + right * pixel(top, left + 1))
      + down * ((1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1))
  }
}
