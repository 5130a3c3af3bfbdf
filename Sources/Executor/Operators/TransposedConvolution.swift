import TensorCore

/// Operators that spread values over windows of an image.
let transposedConvolutions: [OperatorEntry] = [
  OperatorEntry("ConvTranspose", since: 1, Widened<ConvTranspose>.self),
  OperatorEntry("Col2Im", since: 18, Widened<ColumnsToImage>.self),
]

/// [ConvTranspose](https://onnx.ai/onnx/operators/onnx__ConvTranspose.html): each input pixel adds the weights times its value to
/// a window of the output.
///
/// `X` is `[N, C, …]` with one to three spatial axes, `W` is `[C, M / group, …]`, `B` is `[M]`.
struct ConvTranspose: Operator {
  let window: WindowAttributes
  let group: Int
  let outputPadding: [Int]?
  let outputShape: [Int]?

  init(_ node: NodeReader) throws(OperatorError) {
    window = try WindowAttributes(node)
    group = try node.groupCount()
    outputPadding = try node.ints("output_padding")
    outputShape = try node.ints("output_shape")
    for (key, list) in [("output_padding", outputPadding), ("output_shape", outputShape)] {
      guard let list, list.contains(where: { $0 < 0 || $0 > 1 << 30 }) else { continue }
      throw OperatorError(node.label, .attribute(key, expected: "ints that are not negative", found: "\(list)"))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (x, weights, axes) = try resolve(operands)
    return Outputs(TensorType(Shape([x[0], weights[1] * group] + axes.map(\.input))))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (x, weights, axes) = try resolve(operands)
    guard let three = WindowGeometry(axes: axes).threeAxes else {
      throw OperatorError(operands.node, .input(0, expected: "one to three spatial axes", found: "\(x)"))
    }
    return ConvTransposeKernel(
      batch: x[0], group: group, inputChannels: x[1], outputChannels: weights[1] * group, columns: Col2im(three))
  }

  /// The axes are those of windows over the output.
  private func resolve(_ operands: Operands) throws(OperatorError) -> (Shape, Shape, [WindowGeometry.Axis]) {
    let x = try operands.required(0, .float32).shape, weights = try operands.required(1, .float32).shape
    guard x.rank >= 3, weights.rank == x.rank, weights[0] == x[1], x[1] % group == 0 else {
      throw OperatorError(
        operands.node, .input(1, expected: "[C, M / group, …] that fits the input \(x)", found: "\(weights)"))
    }
    if let bias = operands[optional: 2], bias.shape != [weights[1] * group] {
      throw OperatorError(operands.node, .input(2, expected: "[\(weights[1] * group)]", found: "\(bias.shape)"))
    }
    let rank = x.rank - 2
    for (key, list, count) in [
      ("strides", window.strides, rank), ("dilations", window.dilations, rank), ("pads", window.pads, 2 * rank),
      ("output_padding", outputPadding, rank), ("output_shape", outputShape, rank),
    ] {
      guard let list, !list.isEmpty, list.count != count, !(key == "output_shape" && list.count == rank + 2) else {
        continue
      }
      throw OperatorError(operands.node, .attribute(key, expected: "\(count) ints", found: "\(list)"))
    }
    var axes: [WindowGeometry.Axis] = []
    for axis in 0..<rank {
      axes.append(place(axis, rank, input: x[axis + 2], kernel: weights[axis + 2]))
    }
    if let axis = axes.first(where: { $0.input < 0 }) {
      throw OperatorError(
        operands.node, .shape(expected: "pads that leave something", found: "an extent of \(axis.input)"))
    }
    return (x, weights, axes)
  }

  private func place(_ axis: Int, _ rank: Int, input: Int, kernel: Int) -> WindowGeometry.Axis {
    func value(_ list: [Int]?, _ index: Int, default standard: Int) -> Int {
      list.flatMap { index < $0.count ? $0[index] : nil } ?? standard
    }
    let stride = value(window.strides, axis, default: 1), dilation = value(window.dilations, axis, default: 1)
    let reach = stride * (input - 1) + (kernel - 1) * dilation + 1 + value(outputPadding, axis, default: 0)
    var begin = value(window.pads, axis, default: 0), end = value(window.pads, rank + axis, default: 0)
    var wanted = outputShape.map { $0[axis + $0.count - rank] }
    let isSame = window.autoPad == .sameUpper || window.autoPad == .sameLower
    if isSame, wanted == nil { wanted = input * stride }
    if window.autoPad == .valid { (begin, end) = (0, 0) }
    if let wanted {
      let total = max(reach - wanted, 0)
      begin = window.autoPad == .sameUpper ? total / 2 : total - total / 2
      end = total - begin
    }
    return WindowGeometry.Axis(
      input: wanted ?? reach - begin - end, output: input, kernel: kernel, stride: stride, dilation: dilation,
      padBegin: begin, padEnd: end)
  }
}

/// Weights times the image, then the columns added to their windows, a few output channels at a time.
private struct ConvTransposeKernel: Kernel {
  let batch: Int
  let group: Int
  let inputChannels: Int
  let outputChannels: Int
  let columns: Col2im

  /// How many floats of columns fit the second-level cache beside the image.
  private static let tileCount = 1 << 18
  private var channelsPerTile: Int {
    let perChannel = max(columns.kernelCount * columns.windowCount, 1)
    return min(max(ConvTransposeKernel.tileCount / perChannel, 1), max(outputChannels / group, 1))
  }
  var scratchByteCount: Int {
    channelsPerTile * columns.kernelCount * columns.windowCount * MemoryLayout<Float>.stride
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), weights = try frame.input(1).values(of: Float.self)
    let bias = frame.optional(2)?.values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let scratch = unsafe frame.scratch.assumingMemoryBound(to: Float.self)
    let inputs = inputChannels / group, outputs = outputChannels / group, pixels = columns.windowCount
    for item in 0..<batch {
      for channel in 0..<outputChannels {
        let plane = unsafe y.base + (item * outputChannels + channel) * columns.imageCount
        unsafe plane.update(repeating: bias.map { $0[channel] } ?? 0, count: columns.imageCount)
      }
      for part in 0..<group {
        let image = unsafe x.base + (item * inputChannels + part * inputs) * pixels
        for first in stride(from: 0, to: outputs, by: channelsPerTile) {
          let count = min(channelsPerTile, outputs - first), rows = count * columns.kernelCount
          unsafe gemm(
            transposeA: true, m: rows, n: pixels, k: inputs,
            weights.base + (part * inputs * outputs + first) * columns.kernelCount,
            leadingA: outputs * columns.kernelCount, image, leadingB: pixels, beta: 0, scratch, leadingC: pixels)
          unsafe columns.fold(
            scratch, channels: count,
            into: y.base + (item * outputChannels + part * outputs + first) * columns.imageCount)
        }
      }
    }
  }
}

/// [Col2Im](https://onnx.ai/onnx/operators/onnx__Col2Im.html): adds `[N, C · block, windows]` up to images `[N, C, …]`.
struct ColumnsToImage: Operator {
  let window: WindowAttributes
  init(_ node: NodeReader) throws(OperatorError) { window = try WindowAttributes(node) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (x, channels, axes) = try resolve(operands)
    return Outputs(TensorType(Shape([x[0], channels] + axes.map(\.input))))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (x, channels, axes) = try resolve(operands)
    guard let three = WindowGeometry(axes: axes).threeAxes else {
      throw OperatorError(operands.node, .input(1, expected: "one to three spatial axes", found: "\(axes.count)"))
    }
    return ColumnsToImageKernel(batch: x[0], channels: channels, columns: Col2im(three))
  }

  private func resolve(_ operands: Operands) throws(OperatorError) -> (Shape, Int, [WindowGeometry.Axis]) {
    let x = try operands.required(0, .float32).shape
    guard let image = try operands.ints(1) else { throw OperatorError(operands.node, .missingInput(1)) }
    guard let block = try operands.ints(2) else { throw OperatorError(operands.node, .missingInput(2)) }
    guard (image + block).allSatisfy({ (1...(1 << 24)).contains($0) }), image.count == block.count else {
      throw OperatorError(operands.node, .input(1, expected: "positive extents", found: "\(image) and \(block)"))
    }
    let geometry = try window.geometry(input: image, kernel: block, node: operands.node)
    guard x.rank == 3, let taps = Shape(block).checkedCount, x[1] % taps == 0, x[2] == geometry.outputCount else {
      throw OperatorError(
        operands.node,
        .input(0, expected: "[N, C · \(block), \(geometry.outputCount)]", found: "\(x)"))
    }
    return (x, x[1] / taps, geometry.axes)
  }
}

private struct ColumnsToImageKernel: Kernel {
  let batch: Int
  let channels: Int
  let columns: Col2im

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    y.fill(0)
    for item in 0..<batch {
      unsafe columns.fold(
        x.base + item * channels * columns.kernelCount * columns.windowCount, channels: channels,
        into: y.base + item * channels * columns.imageCount)
    }
  }
}
