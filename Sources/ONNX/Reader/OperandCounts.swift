/// How many inputs the standard operators have at least, and some at most; after
/// [the operators' signatures](https://onnx.ai/onnx/operators/), the least over all versions.
///
/// Whoever rewrites a graph counts on it. What is more an operator checks itself when it is run.
enum OperandCounts {
  private static let withoutInputs: Set<String> = [
    "Constant", "Optional", "OptionalHasElement", "RandomNormal", "RandomUniform", "SequenceEmpty",
  ]
  private static let exactlyTwo: Set<String> = [
    "Add", "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "Equal", "Greater", "GreaterOrEqual",
    "Less", "LessOrEqual", "MatMul", "Mod", "Mul", "Or", "PRelu", "Pow", "Sub", "Xor",
  ]
  private static let two: Set<String> = [
    "AffineGrid", "CastLike", "CenterCropPad", "Compress", "Conv", "ConvInteger", "ConvTranspose", "CumSum",
    "DequantizeLinear", "Expand", "Gather", "GatherElements", "GatherND", "Gemm", "GridSample", "LayerNormalization",
    "Loop", "MatMulInteger", "MaxRoiPool", "MaxUnpool", "NonMaxSuppression", "QuantizeLinear", "RMSNormalization",
    "ReverseSequence", "STFT", "SequenceAt", "SequenceInsert", "Tile",
  ]
  private static let three: Set<String> = [
    "Col2Im", "DeformConv", "GRU", "GroupNormalization", "InstanceNormalization", "LSTM", "OneHot", "RNN", "Range",
    "RoiAlign", "Scatter", "ScatterElements", "ScatterND", "Where",
  ]
  private static let more = ["BatchNormalization": 5, "MelWeightMatrix": 5, "QLinearConv": 8, "QLinearMatMul": 8]

  /// What a standard operator of this name expects, where `node` has something else.
  static func fault(of node: Node) -> (expected: String, found: String)? {
    guard node.domain.isEmpty else { return nil }
    if node.outputs.isEmpty { return ("an output", "none") }
    let count = node.inputs.count
    if exactlyTwo.contains(node.opType) { return count == 2 ? nil : ("2 inputs", "\(count)") }
    let least =
      withoutInputs.contains(node.opType)
      ? 0 : two.contains(node.opType) ? 2 : three.contains(node.opType) ? 3 : more[node.opType] ?? 1
    return count >= least ? nil : ("at least \(least) \(least == 1 ? "input" : "inputs")", "\(count)")
  }
}
