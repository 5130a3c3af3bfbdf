import TensorCore

/// Operators that slide integer codes over an image of integer codes.
let integerConvolutions: [OperatorEntry] = [
  OperatorEntry("ConvInteger", since: 10, ConvInteger.self),
  OperatorEntry("QLinearConv", since: 10, QLinearConv.self),
]

/// What ``ConvInteger`` and ``QLinearConv`` share: a convolution of codes by its definition.
private struct IntegerConvolution: Sendable {
  let window: WindowAttributes
  let group: Int

  init(_ node: NodeReader) throws(OperatorError) {
    window = try WindowAttributes(node)
    group = try node.groupCount()
  }

  func geometry(_ x: Shape, _ weights: Shape, _ node: NodeLabel, weightsInput: Int) throws(OperatorError)
    -> WindowGeometry
  {
    guard x.rank >= 3, weights.rank == x.rank, x[1] == weights[1] * group, weights[0] % group == 0 else {
      throw OperatorError(
        node, .input(weightsInput, expected: "[M, C / \(group), …] that fits the input \(x)", found: "\(weights)"))
    }
    let geometry = try window.geometry(
      input: Array(x.dimensions.dropFirst(2)), kernel: Array(weights.dimensions.dropFirst(2)), node: node)
    guard geometry.threeAxes != nil else {
      throw OperatorError(node, .input(0, expected: "one to three spatial axes", found: "\(x)"))
    }
    return geometry
  }

  /// Padding counts as the zero point, and so as 0.
  func run(_ x: [Int32], _ shape: Shape, _ weights: [Int32], _ filters: Shape, _ geometry: WindowGeometry) -> [Int32] {
    guard let axes = geometry.threeAxes else { return [] }
    let (depth, height, width) = axes
    let pixels = geometry.outputCount, plane = geometry.inputCount, taps = geometry.kernelCount
    let inputs = shape[1] / group, outputs = filters[0] / group
    var result = [Int32](repeating: 0, count: shape[0] * filters[0] * pixels)
    for item in 0..<shape[0] {
      for channel in 0..<filters[0] {
        let first = channel / max(outputs, 1) * inputs, target = (item * filters[0] + channel) * pixels
        for input in 0..<inputs {
          let image = (item * shape[1] + first + input) * plane, filter = (channel * inputs + input) * taps
          for z in 0..<depth.kernel {
            for y in 0..<height.kernel {
              for tap in 0..<width.kernel {
                let weight = weights[filter + (z * height.kernel + y) * width.kernel + tap]
                for outZ in depth.inside(tap: z) {
                  let sourceZ = outZ * depth.stride + z * depth.dilation - depth.padBegin
                  for outY in height.inside(tap: y) {
                    let sourceY = outY * height.stride + y * height.dilation - height.padBegin
                    let from = image + (sourceZ * height.input + sourceY) * width.input
                    let to = target + (outZ * height.output + outY) * width.output
                    for outX in width.inside(tap: tap) {
                      let sourceX = outX * width.stride + tap * width.dilation - width.padBegin
                      result[to + outX] &+= weight &* x[from + sourceX]
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    return result
  }
}

/// [ConvInteger](https://onnx.ai/onnx/operators/onnx__ConvInteger.html): ``Conv`` of 8-bit codes less their zero points, as int32.
private struct ConvInteger: Operator, Kernel {
  let convolution: IntegerConvolution
  init(_ node: NodeReader) throws(OperatorError) { convolution = try IntegerConvolution(node) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .int8, .uint8), weights = try operands.required(1, .int8, .uint8)
    try checkZeroPoint(operands, 2, of: TensorType([]), axis: 0)
    try checkZeroPoint(operands, 3, of: weights.type, axis: 0)
    let geometry = try convolution.geometry(x.shape, weights.shape, operands.node, weightsInput: 1)
    return Outputs(TensorType(Shape([x.shape[0], weights.shape[0]] + geometry.output), .int32))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), weights = try frame.input(1), y = frame.outputs[0].values(of: Int32.self)
    let geometry = try convolution.geometry(x.shape, weights.shape, frame.node, weightsInput: 1)
    let sums = convolution.run(
      centered(x, frame.optional(2), axis: 0), x.shape, centered(weights, frame.optional(3), axis: 0), weights.shape,
      geometry)
    for i in y.indices { y[i] = sums[i] }
  }
}

/// [QLinearConv](https://onnx.ai/onnx/operators/onnx__QLinearConv.html): ``Conv`` of 8-bit codes, itself given as codes.
///
/// Inputs are `x`, its scale and zero point, `w` with its own, the scale and zero point of the result, and optionally an int32
/// bias in units of both scales.
private struct QLinearConv: Operator, Kernel {
  let convolution: IntegerConvolution
  init(_ node: NodeReader) throws(OperatorError) { convolution = try IntegerConvolution(node) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .int8, .uint8), weights = try operands.required(3, .int8, .uint8)
    for index in [1, 4, 6] { _ = try operands.real(index) }
    try checkZeroPoint(operands, 1, of: TensorType([]), axis: 0)
    try checkZeroPoint(operands, 2, of: TensorType([]), axis: 0)
    try checkZeroPoint(operands, 4, of: weights.type, axis: 0)
    try checkZeroPoint(operands, 5, of: weights.type, axis: 0)
    try checkZeroPoint(operands, 6, of: TensorType([]), axis: 0)
    try checkZeroPoint(operands, 7, of: TensorType([]), axis: 0)
    if operands[optional: 8] != nil, try operands.required(8, .int32).shape != [weights.shape[0]] {
      throw OperatorError(
        operands.node, .input(8, expected: "[\(weights.shape[0])]", found: "\(try operands.required(8).type)"))
    }
    let geometry = try convolution.geometry(x.shape, weights.shape, operands.node, weightsInput: 3)
    let type = try operands.required(7, .int8, .uint8).type.elementType
    return Outputs(TensorType(Shape([x.shape[0], weights.shape[0]] + geometry.output), type))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), weights = try frame.input(3)
    let geometry = try convolution.geometry(x.shape, weights.shape, frame.node, weightsInput: 3)
    var sums = convolution.run(
      centered(x, frame.optional(2), axis: 0), x.shape, centered(weights, frame.optional(5), axis: 0), weights.shape,
      geometry)
    let pixels = max(geometry.outputCount, 1), channels = weights.shape[0]
    if let bias = frame.optional(8)?.array(of: Int32.self) {
      for i in sums.indices { sums[i] &+= bias[i / pixels % channels] }
    }
    let scale = Requantization(
      a: try frame.input(1), b: try frame.input(4), result: try frame.input(6), zeroPoint: try frame.input(7))
    scale.store(sums, in: frame.outputs[0]) { $0 / pixels % channels }
  }
}
