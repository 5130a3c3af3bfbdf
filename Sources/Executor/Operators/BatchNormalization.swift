import TensorCore

/// Operators that normalize by statistics that training left.
let batchNormalizations: [OperatorEntry] = [
  OperatorEntry("BatchNormalization", since: 1, Widened<BatchNormalization>.self)
]

/// [BatchNormalization](https://onnx.ai/onnx/operators/onnx__BatchNormalization.html) as it runs at inference:
/// `y = (x − mean) / √(var + epsilon) · scale + B`, per channel of `[N, C, …]`.
struct BatchNormalization: Operator {
  let epsilon: Float

  init(_ node: NodeReader) throws(OperatorError) {
    epsilon = try node.float("epsilon", default: 1e-5)
    if try node.flag("training_mode") {
      throw OperatorError(
        node.label, .attribute("training_mode", expected: "0, for inference", found: "1"))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    guard x.shape.rank >= 2 else {
      throw OperatorError(operands.node, .input(0, expected: "[N, C, …]", found: "\(x.type)"))
    }
    for index in 1...4 {
      let values = try operands.required(index, .float32)
      guard values.shape != [x.shape[1]] else { continue }
      throw OperatorError(operands.node, .input(index, expected: "[\(x.shape[1])]", found: "\(values.type)"))
    }
    return Outputs(x.type, inPlace: 0)
  }

  func kernel(for operands: Operands) -> any Kernel { BatchNormalizationKernel(epsilon: epsilon) }

  func channelsLast(for operands: Operands) -> ChannelsLastForm? { .elementwise(kernel(for: operands)) }

  func stage(replacing position: Int, of operands: Operands) -> StageKind? {
    guard position == 0, let scale = operands[optional: 1]?.value?.floats,
      let shift = operands[optional: 2]?.value?.floats,
      let mean = operands[optional: 3]?.value?.floats, let variance = operands[optional: 4]?.value?.floats
    else { return nil }
    let line = BatchNormalization.line(scale, shift, mean, variance, epsilon)
    return .affine(scale: line.scale, shift: line.shift)
  }

  /// The same as `y = a · x + b` for each channel, worked out in double precision.
  static func line(
    _ scale: [Float], _ shift: [Float], _ mean: [Float], _ variance: [Float], _ epsilon: Float
  ) -> (scale: [Float], shift: [Float]) {
    let factors = scale.indices.map { Double(scale[$0]) / (Double(variance[$0]) + Double(epsilon)).squareRoot() }
    let shifts = scale.indices.map { Double(shift[$0]) - Double(mean[$0]) * factors[$0] }
    return (factors.map(Float.init), shifts.map(Float.init))
  }
}

private struct BatchNormalizationKernel: Kernel {
  let epsilon: Float

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    let line = BatchNormalization.line(
      try frame.input(1).array(), try frame.input(2).array(), try frame.input(3).array(), try frame.input(4).array(),
      epsilon)
    if !x.sharesStorage(with: y) { unsafe y.base.copyMemory(from: x.base, byteCount: x.type.byteCount) }
    apply(.affine(scale: line.scale, shift: line.shift), to: y, other: nil)
  }
}
