import ONNX

/// From which operator set on an operator takes float16, and bfloat16, where it takes float32.
///
/// Source: the type constraints of [the operators](https://onnx.ai/onnx/operators/). An operator that is not listed takes
/// neither.
enum HalfSupport {
  /// The operator set that a node needs for `half`; nil where no operator set up to ``OpsetUpgrade/newest`` will do.
  static func opset(for node: Node, _ half: HalfType) -> Int? {
    guard node.domain.isEmpty, let versions = versions[node.opType] else { return nil }
    let version = half == .fp16 ? versions.float16 : versions.bfloat16
    return version.flatMap { $0 <= OpsetUpgrade.newest ? $0 : nil }
  }

  /// Operators that hand values on as they are: they give the same in either type.
  static let movers: Set = [
    "CenterCropPad", "Compress", "Concat", "DepthToSpace", "Dropout", "Expand", "Flatten", "Gather", "GatherElements",
    "GatherND", "Identity", "Reshape", "ReverseSequence", "ScatterElements", "ScatterND", "Slice", "SpaceToDepth",
    "Split", "Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze", "ConstantOfShape",
  ]

  /// Operators that look at a value's shape only.
  static let shapeReaders: Set = ["Shape", "Size"]

  /// Inputs that stay float32 whatever the node computes in.
  static func isAlwaysFull(_ node: Node, input: Int) -> Bool {
    switch node.opType {
    case "Resize": input == 1 || input == 2
    case "Upsample": input == 1
    default: false
    }
  }

  /// Outputs that are float32 whatever the node computes in.
  static func isAlwaysFull(_ node: Node, output: Int) -> Bool { node.opType == "LayerNormalization" && output > 0 }

  private static let versions: [String: (float16: Int?, bfloat16: Int?)] = {
    var table: [String: (float16: Int?, bfloat16: Int?)] = [:]
    for line in lines.split(separator: "\n") {
      let words = line.split(separator: " ")
      for opType in words.dropFirst(2) { table[String(opType)] = (Int(words[0]), Int(words[1])) }
    }
    return table
  }()

  /// The operator set that brought float16, the one that brought bfloat16, and the operators; 99 where none did.
  private static let lines = """
    1 13 Abs Add ArgMax ArgMin Cast Ceil Clip Concat Constant DepthToSpace Div Dropout Exp Flatten Floor Gather Gemm
    1 13 Greater Hardmax Identity LRN Less Log LogSoftmax MatMul Max Mean Min Mul Neg Pad Pow Reciprocal ReduceL1
    1 13 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu
    1 13 Reshape Shape Sigmoid Size Slice Softmax SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile Transpose Unsqueeze
    1 16 LeakyRelu PRelu
    1 22 AveragePool Conv ConvTranspose Elu GRU GlobalAveragePool GlobalLpPool GlobalMaxPool HardSigmoid
    1 22 InstanceNormalization LSTM LpNormalization LpPool MaxPool MaxRoiPool RNN Selu Softplus Softsign
    1 15 BatchNormalization
    1 99 TopK Upsample
    7 22 Acos Asin Atan Cos Sin Tan
    8 13 Expand
    9 13 Erf IsNaN MeanVarianceNormalization NonZero Sign
    9 16 Where
    9 20 ConstantOfShape
    9 22 Acosh Asinh Atanh Cosh MaxUnpool Sinh
    9 99 Compress OneHot Scatter Shrink
    10 13 Mod Resize
    10 22 RoiAlign ThresholdedRelu
    10 99 ReverseSequence
    11 13 Equal GatherElements GatherND ScatterElements ScatterND
    11 22 Det Round
    11 99 Unique
    12 16 GreaterOrEqual LessOrEqual
    12 22 NegativeLogLikelihoodLoss
    12 99 Einsum
    12 13 SoftmaxCrossEntropyLoss
    14 14 CumSum Trilu
    14 22 HardSwish
    15 15 CastLike
    16 22 GridSample
    17 17 DFT LayerNormalization STFT
    18 18 CenterCropPad Col2Im
    18 22 Mish
    19 19 DequantizeLinear QuantizeLinear
    19 22 DeformConv
    20 20 AffineGrid Gelu IsInf
    21 21 GroupNormalization
    """
}
