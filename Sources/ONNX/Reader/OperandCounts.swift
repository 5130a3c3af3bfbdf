/// How many inputs the standard operators have at least, and some at most; after
/// [the operators' signatures](https://onnx.ai/onnx/operators/), the least over all versions.
///
/// Whoever rewrites a graph counts on it. What is more an operator checks itself when it is run.
enum OperandCounts {
  private static let one: Set<String> = [
    "Abs", "Acos", "Acosh", "ArgMax", "ArgMin", "Asin", "Asinh", "Atan", "Atanh", "AveragePool", "Bernoulli",
    "BitwiseNot", "BlackmanWindow", "Cast", "Ceil", "Celu", "Clip", "Concat", "ConcatFromSequence", "ConstantOfShape",
    "Cos", "Cosh", "DFT", "DepthToSpace", "Det", "Dropout", "DynamicQuantizeLinear", "Einsum", "Elu", "Erf", "Exp",
    "EyeLike", "Flatten", "Floor", "Gelu", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "HammingWindow",
    "HannWindow", "HardSigmoid", "HardSwish", "Hardmax", "Identity", "IsInf", "IsNaN", "LRN", "LeakyRelu", "Log",
    "LogSoftmax", "LpNormalization", "LpPool", "Max", "MaxPool", "Mean", "MeanVarianceNormalization", "Min", "Mish",
    "Multinomial", "Neg", "NonZero", "Not", "OptionalGetElement", "Pad", "RandomNormalLike", "RandomUniformLike",
    "Reciprocal", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
    "ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Resize", "Round", "Selu", "SequenceConstruct",
    "SequenceErase", "SequenceLength", "Shape", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Size", "Slice", "Softmax",
    "Softplus", "Softsign", "SpaceToDepth", "Split", "SplitToSequence", "Sqrt", "Squeeze", "Sum", "Tan", "Tanh",
    "ThresholdedRelu", "TopK", "Transpose", "Trilu", "Unique", "Unsqueeze", "Upsample",
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

  /// What a standard operator of this name expects, where `node` has something else; nil for one that is not listed.
  static func fault(of node: Node) -> (expected: String, found: String)? {
    let count = node.inputs.count
    guard node.domain.isEmpty, let least = least(of: node.opType) else { return nil }
    if node.outputs.isEmpty { return ("an output", "none") }
    if exactlyTwo.contains(node.opType) { return count == 2 ? nil : ("2 inputs", "\(count)") }
    return count >= least ? nil : ("at least \(least) \(least == 1 ? "input" : "inputs")", "\(count)")
  }

  private static func least(of opType: String) -> Int? {
    if one.contains(opType) { return 1 }
    if exactlyTwo.contains(opType) || two.contains(opType) { return 2 }
    return three.contains(opType) ? 3 : opType == "Constant" ? 0 : more[opType]
  }
}
