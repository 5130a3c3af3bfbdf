import ONNX

/// What quantization makes of an operator.
enum OperatorRole {
  /// Multiplies activations with weights, or two activations: the inputs 0 and 1 are quantized.
  case product
  /// Adds two activations.
  case addition
  /// Multiplies two activations element by element.
  case multiplication
  /// Averages: its input may be quantized, its output is new.
  case average
  /// Picks values, one of each window: quantizing before or after is the same.
  case selection
  /// Shows the values of its first input under another shape or in another order.
  case view
  case other

  /// Views that keep every value, or a part of them, and make no new one but zeros.
  private static let views: Set<String> = [
    "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Dropout", "DepthToSpace", "SpaceToDepth",
    "Slice", "Split", "Expand", "Gather",
  ]

  init(_ node: Node) {
    guard node.domain.isEmpty else {
      self = .other
      return
    }
    switch node.opType {
    case "Conv", "ConvTranspose", "Gemm", "MatMul": self = .product
    case "Add": self = .addition
    case "Mul": self = .multiplication
    case "AveragePool", "GlobalAveragePool": self = .average
    case "MaxPool", "GlobalMaxPool": self = .selection
    case let name where Self.views.contains(name): self = .view
    default: self = .other
    }
  }
}

extension Node {
  private static let elementwise: Set<String> = [
    "Abs", "Add", "Clip", "Div", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Mul",
    "Neg",
    "PRelu", "Pow", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Sub", "Tanh",
  ]

  /// Whether each number of the result is computed from the operands' numbers at its place alone.
  var isElementwise: Bool { domain.isEmpty && Self.elementwise.contains(opType) }

  /// The axis of the weights, input 1, that counts the output channels; nil where one scale for all must do.
  func weightAxis(rank: Int) -> Int? {
    switch opType {
    case "Conv": return 0
    // [C, M / group, …]: with groups an output channel is no slice of an axis.
    case "ConvTranspose":
      if case .int(let group)? = attributes["group"], group != 1 { return nil }
      return rank > 1 ? 1 : nil
    case "Gemm":
      if case .int(let transposed)? = attributes["transB"], transposed != 0 { return 0 }
      return 1
    case "MatMul": return rank == 2 ? 1 : nil
    default: return nil
    }
  }
}
