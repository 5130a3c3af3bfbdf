import TensorCore

/// Operators that normalize the last axes of a tensor.
let layerNormalizations: [OperatorEntry] = [
  OperatorEntry("LayerNormalization", since: 17, Widened<LayerNormalization>.self),
  OperatorEntry("RMSNormalization", since: 23, Widened<RMSNormalization>.self),
]

/// [LayerNormalization](https://onnx.ai/onnx/operators/onnx__LayerNormalization.html):
/// `y = (x - mean) / √(var + epsilon) · scale + B`, over `axis` and all axes behind it.
///
/// The optional second and third outputs are the mean and `1 / √(var + epsilon)`.
struct LayerNormalization: Operator {
  let axis: Int
  let epsilon: Float

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: -1)
    epsilon = try node.float("epsilon", default: 1e-5)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: operands.node)
    for index in 1...2 { try checkFactor(operands, index) }
    let statistics = TensorType(
      Shape(x.shape.dimensions.prefix(axis) + Array(repeating: 1, count: x.shape.rank - min(axis, x.shape.rank))))
    return Outputs(types: [x.type, statistics, statistics])
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let shape = try operands.required(0).shape
    let axis = try normalizedAxis(self.axis, rank: shape.rank, node: operands.node)
    return RowNormalizationKernel(
      count: shape.dimensions.dropFirst(axis).reduce(1, *), epsilon: epsilon, subtractsMean: true)
  }
}

/// [RMSNormalization](https://onnx.ai/onnx/operators/onnx__RMSNormalization.html): `y = x / √(mean(x²) + epsilon) · scale`, over
/// `axis` and all axes behind it.
struct RMSNormalization: Operator {
  let axis: Int
  let epsilon: Float

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: -1)
    epsilon = try node.float("epsilon", default: 1e-5)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    _ = try normalizedAxis(axis, rank: x.shape.rank, node: operands.node)
    try checkFactor(operands, 1)
    return Outputs(x.type)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let shape = try operands.required(0).shape
    let axis = try normalizedAxis(self.axis, rank: shape.rank, node: operands.node)
    return RowNormalizationKernel(
      count: shape.dimensions.dropFirst(axis).reduce(1, *), epsilon: epsilon, subtractsMean: false)
  }
}

/// A scale or bias must broadcast to the input.
private func checkFactor(_ operands: Operands, _ index: Int) throws(OperatorError) {
  let x = try operands.required(0).shape
  guard index < 2 || operands[optional: index] != nil else { return }
  let factor = try operands.required(index, .float32)
  guard BroadcastLoop.shape(x, factor.shape) == x else {
    throw OperatorError(
      operands.node, .input(index, expected: "a shape that broadcasts to \(x)", found: "\(factor.type)"))
  }
}

private struct RowNormalizationKernel: Kernel {
  /// How many elements a row has.
  let count: Int
  let epsilon: Float
  let subtractsMean: Bool

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    let source = x.values(of: Float.self), target = y.values(of: Float.self)
    let scale = Factor(try frame.input(1), of: x.shape, rowCount: count)
    let bias = frame.optional(2).map { Factor($0, of: x.shape, rowCount: count) }
    let statistics = frame.outputs.dropFirst().map { $0.values(of: Float.self) }
    guard count > 0 else { return }
    for row in 0..<(source.count / count) {
      let values = source.from(row * count), results = target.from(row * count)
      let mean = subtractsMean ? Moments.mean(values, count: count) : 0
      let inverse = 1 / (Moments.variance(values, count: count, around: mean) + epsilon).squareRoot()
      let factors = scale.row(row)
      if let shifts = bias?.row(row) {
        for i in 0..<count { results[i] = (values[i] - mean) * inverse * factors[i] + shifts[i] }
      } else {
        for i in 0..<count { results[i] = (values[i] - mean) * inverse * factors[i] }
      }
      if statistics.count > 0 { statistics[0][row] = mean }
      if statistics.count > 1 { statistics[1][row] = inverse }
    }
  }

  /// A scale or bias by row: one row for all, or a copy written out to the shape of the input.
  private struct Factor {
    private let tensor: Tensor
    private let step: Int

    init(_ tensor: Tensor, of shape: Shape, rowCount: Int) {
      let isOneRow =
        tensor.count == rowCount && Array(shape.dimensions.suffix(tensor.shape.rank)) == tensor.shape.dimensions
      step = isOneRow ? 0 : rowCount
      self.tensor = isOneRow ? tensor : tensor.broadcast(to: shape)
    }

    func row(_ index: Int) -> Elements<Float> { tensor.values(of: Float.self).from(index * step) }
  }
}

/// Mean and variance of contiguous floats, added in lanes.
enum Moments {
  static func mean(_ values: Elements<Float>, count: Int) -> Float {
    unsafe sum(UnsafeBufferPointer(start: values.base, count: count)) / Float(count)
  }

  /// The mean of `(x - center)²`.
  static func variance(_ values: Elements<Float>, count: Int, around center: Float) -> Float {
    let row = unsafe NumberRow(values.base, count: count, step: 1)
    return row.fold(0, { ($0 - center) * ($0 - center) }, +) / Float(count)
  }
}

extension Tensor {
  /// A copy written out to `shape`, which this one's must broadcast to.
  func broadcast(to shape: Shape) -> Tensor {
    let result = Tensor(uninitialized: TensorType(shape, elementType))
    guard result.count > 0 else { return result }
    let copy = StridedCopy(shape: shape, strides: BroadcastWalk.steps(of: self.shape, in: shape))
    unsafe copy.run(from: base, to: result.base, elementByteCount: elementType.byteCount)
    return result
  }
}
