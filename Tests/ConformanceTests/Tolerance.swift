import Foundation
import TensorCore

/// How far a result may lie from the expected one: `|found - expected| ≤ absolute + relative · |expected|`.
///
/// The suite itself allows 1e-3 relative and 1e-7 absolute everywhere.
struct Tolerance {
  var relative: Double
  var absolute: Double

  static let exact = Tolerance(relative: 0, absolute: 0)
  /// A few roundings of float32 and no cancellation.
  static let simple = Tolerance(relative: 1e-6, absolute: 1e-7)
  /// Sums, and functions whose last bits differ between libraries.
  static let sums = Tolerance(relative: 2e-5, absolute: 1e-6)
  /// What the suite allows.
  static let suite = Tolerance(relative: 1e-3, absolute: 1e-7)

  /// The widest of what the operators of a network need.
  init(forOperators names: Set<String>) {
    self = .exact
    for name in names {
      let needed = Tolerance.table[name] ?? .sums
      relative = max(relative, needed.relative)
      absolute = max(absolute, needed.absolute)
    }
  }

  init(relative: Double, absolute: Double) {
    self.relative = relative
    self.absolute = absolute
  }

  private static let table: [String: Tolerance] = {
    var table: [String: Tolerance] = [:]
    for name in exactOperators { table[name] = .exact }
    for name in simpleOperators { table[name] = .simple }
    for (name, tolerance) in otherOperators { table[name] = tolerance }
    return table
  }()

  /// Operators that move data, choose, or compute in integers.
  private static let exactOperators = """
    Abs And ArgMax ArgMin BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil CenterCropPad Clip \
    Compress Concat Constant ConstantOfShape ConvInteger DepthToSpace Dropout Equal Expand EyeLike Flatten Floor Gather \
    GatherElements GatherND GlobalMaxPool Greater GreaterOrEqual Hardmax Identity If IsInf IsNaN Less LessOrEqual Loop \
    MatMulInteger Max MaxPool MaxUnpool Min Neg NonMaxSuppression NonZero Not OneHot Or Pad ReduceMax ReduceMin Relu \
    Reshape ReverseSequence Round Scan Scatter ScatterElements ScatterND Shape Sign Size Slice SpaceToDepth Split Squeeze \
    TensorScatter Tile TopK Transpose Trilu Unique Unsqueeze Where Xor
    """.split(separator: " ").map(String.init)

  /// Operators of a few roundings.
  private static let simpleOperators = """
    Add CumSum CumProd Div DynamicQuantizeLinear DequantizeLinear HardSigmoid HardSwish LeakyRelu Mean Mod Mul PRelu Range \
    Reciprocal Shrink Softsign Sqrt Sub Sum ThresholdedRelu QuantizeLinear QLinearConv QLinearMatMul
    """.split(separator: " ").map(String.init)

  /// Where the suite's own expected values are rounded to a few digits.
  private static let otherOperators: [String: Tolerance] = [
    "AveragePool": .suite, "GridSample": Tolerance(relative: 1e-3, absolute: 1e-4), "RoiAlign": .suite,
  ]

  /// What differs first, in words; nil where nothing differs by more than is allowed.
  func difference(_ found: Tensor, _ expected: Tensor) -> String? {
    guard found.type == expected.type else { return "expected \(expected.type), found \(found.type)" }
    guard let wanted = expected.reals, let values = found.reals else {
      return expected.integerBits == found.integerBits ? nil : "integers or truth values differ"
    }
    let rounding = relative == 0 ? 0 : expected.elementType.unitInLastPlace
    for index in wanted.indices where !agree(values[index], wanted[index], max(relative, rounding)) {
      return "element \(index): expected \(wanted[index]), found \(values[index]), tolerance \(relative)"
    }
    return nil
  }

  private func agree(_ found: Double, _ expected: Double, _ relative: Double) -> Bool {
    if found.isNaN || expected.isNaN { return found.isNaN && expected.isNaN }
    if found == expected { return true }
    return abs(found - expected) <= absolute + relative * abs(expected)
  }
}

extension Tensor {
  /// The elements of a floating-point tensor; nil for other types.
  fileprivate var reals: [Double]? {
    elementType == .float64 ? array(of: Double.self) : floats.map { $0.map(Double.init) }
  }

  fileprivate var floats: [Float]? {
    switch elementType {
    case .float32: array(of: Float.self)
    case .float16: array(of: Float16.self).map(Float.init)
    case .bfloat16: array(of: BFloat16.self).map { Float($0) }
    default: nil
    }
  }

  /// The bytes.
  fileprivate var integerBits: [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: base, count: type.byteCount))
  }
}

extension ElementType {
  /// The relative distance between neighbouring numbers, where it is wider than any tolerance of the table.
  fileprivate var unitInLastPlace: Double {
    switch self {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    default: 0
    }
  }
}
