import TensorCore

/// Operators that multiply matrices of integer codes.
let integerProducts: [OperatorEntry] = [
  OperatorEntry("MatMulInteger", since: 10, MatMulInteger.self),
  OperatorEntry("QLinearMatMul", since: 10, QLinearMatMul.self),
]

/// The products of two batches of matrices of integers, added in `Int32`s, which may wrap around.
private struct IntegerProduct: Sendable {
  let matrices: MatrixBatch

  func run(_ a: [Int32], _ b: [Int32]) -> [Int32] {
    let (m, n, k) = (matrices.m, matrices.n, matrices.k)
    var result = [Int32](repeating: 0, count: matrices.offsets.count * m * n)
    for (index, offset) in matrices.offsets.enumerated() {
      for row in 0..<m {
        let start = (index * m + row) * n
        for depth in 0..<k {
          let factor = a[offset.a + row * k + depth], line = offset.b + depth * n
          for column in 0..<n { result[start + column] &+= factor &* b[line + column] }
        }
      }
    }
    return result
  }
}

/// [MatMulInteger](https://onnx.ai/onnx/operators/onnx__MatMulInteger.html): ``MatMul`` of 8-bit codes less their zero points,
/// as int32. The zero point of A is one number or one per row, that of B one or one per column.
private struct MatMulInteger: Operator, Kernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let a = try operands.required(0, .int8, .uint8), b = try operands.required(1, .int8, .uint8)
    try checkZeroPoint(operands, 2, of: a.type, axis: max(a.shape.rank - 2, 0))
    try checkZeroPoint(operands, 3, of: b.type, axis: max(b.shape.rank - 1, 0))
    return Outputs(TensorType(try MatrixBatch(a.shape, b.shape, node: operands.node).shape, .int32))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = try frame.input(0), b = try frame.input(1)
    let product = IntegerProduct(matrices: try MatrixBatch(a.shape, b.shape, node: frame.node))
    let result = product.run(
      centered(a, frame.optional(2), axis: max(a.shape.rank - 2, 0)),
      centered(b, frame.optional(3), axis: max(b.shape.rank - 1, 0)))
    let y = frame.outputs[0].values(of: Int32.self)
    for i in y.indices { y[i] = result[i] }
  }
}

/// [QLinearMatMul](https://onnx.ai/onnx/operators/onnx__QLinearMatMul.html): ``MatMul`` of 8-bit codes, itself given as codes.
///
/// Inputs are `a`, its scale and zero point, `b` with its own, then the scale and zero point of the result.
private struct QLinearMatMul: Operator, Kernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let a = try operands.required(0, .int8, .uint8), b = try operands.required(3, .int8, .uint8)
    for index in [1, 4, 6] { _ = try operands.real(index) }
    try checkZeroPoint(operands, 2, of: a.type, axis: max(a.shape.rank - 2, 0))
    try checkZeroPoint(operands, 5, of: b.type, axis: max(b.shape.rank - 1, 0))
    for index in [1, 4, 6, 7] where try operands.required(index).shape.count != 1 {
      throw OperatorError(
        operands.node, .input(index, expected: "one number", found: "\(try operands.required(index).type)"))
    }
    let type = try operands.required(7, .int8, .uint8).type.elementType
    return Outputs(TensorType(try MatrixBatch(a.shape, b.shape, node: operands.node).shape, type))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = try frame.input(0), b = try frame.input(3)
    let product = IntegerProduct(matrices: try MatrixBatch(a.shape, b.shape, node: frame.node))
    let result = product.run(
      centered(a, frame.optional(2), axis: max(a.shape.rank - 2, 0)),
      centered(b, frame.optional(5), axis: max(b.shape.rank - 1, 0)))
    let scale = Requantization(
      a: try frame.input(1), b: try frame.input(4), result: try frame.input(6), zeroPoint: try frame.input(7))
    scale.store(result, in: frame.outputs[0]) { _ in 0 }
  }
}
