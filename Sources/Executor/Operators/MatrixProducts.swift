import TensorCore

/// Operators that multiply matrices.
let matrixProducts: [OperatorEntry] = [
  OperatorEntry("Gemm", since: 1, Widened<Gemm>.self),
  OperatorEntry("MatMul", since: 1, Widened<MatMul>.self),
]

/// [Gemm](https://onnx.ai/onnx/operators/onnx__Gemm.html): `Y = alpha · A' · B' + beta · C`.
///
/// `A'` is `[M, K]`, `B'` is `[K, N]`, each transposed where its attribute says so; `C` broadcasts to `[M, N]`.
struct Gemm: Operator {
  let alpha: Float
  let beta: Float
  let transposeA: Bool
  let transposeB: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    alpha = try node.float("alpha", default: 1)
    beta = try node.float("beta", default: 1)
    transposeA = try node.flag("transA")
    transposeB = try node.flag("transB")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let size = try resolve(operands)
    return Outputs(TensorType([size.m, size.n], try operands.number(0).type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let size = try resolve(operands)
    let addend = operands[optional: 2].map { BroadcastLoop($0.shape, [size.m, size.n]) }
    guard try operands.required(0).type.elementType == .float32 else {
      return PlainGemm(attributes: self, m: size.m, n: size.n, k: size.k, addend: addend)
    }
    return packedProduct(operands, size)
      ?? GemmKernel(attributes: self, m: size.m, n: size.n, k: size.k, addend: addend)
  }

  /// A fully connected layer: constant weights, and a bias for each column or none.
  private func packedProduct(_ operands: Operands, _ size: (m: Int, n: Int, k: Int)) -> PackedProduct? {
    guard alpha == 1, !transposeA, let matrix = operands.constant(1),
      PackedProduct.suits(m: size.m, n: size.n, k: size.k)
    else { return nil }
    var bias: [Float]?
    if operands[optional: 2] != nil {
      guard beta == 1, let addend = operands.constant(2), addend.count == size.n, addend.shape.dimensions.last == size.n
      else { return nil }
      bias = addend.array(of: Float.self)
    }
    return PackedProduct(rows: size.m, resultRank: 2, matrix: matrix, isTransposed: transposeB, bias: bias)
  }

  func resolve(_ operands: Operands) throws(OperatorError) -> (m: Int, n: Int, k: Int) {
    let a = try operands.number(0).shape, b = try operands.required(1, like: 0).shape
    if operands[optional: 2] != nil { _ = try operands.required(2, like: 0) }
    guard a.rank == 2, b.rank == 2 else {
      throw OperatorError(operands.node, .shape(expected: "two matrices", found: "\(a) and \(b)"))
    }
    let (m, k) = transposeA ? (a[1], a[0]) : (a[0], a[1])
    let (depth, n) = transposeB ? (b[1], b[0]) : (b[0], b[1])
    guard k == depth else {
      throw OperatorError(
        operands.node,
        .shape(expected: "matrices whose inner extents are equal", found: "\(a) and \(b), \(k) ≠ \(depth)"))
    }
    if let c = operands[optional: 2], BroadcastLoop.shape(c.shape, [m, n]) != [m, n] {
      throw OperatorError(
        operands.node, .input(2, expected: "a shape that broadcasts to [\(m), \(n)]", found: "\(c.type)"))
    }
    return (m, n, k)
  }
}

private struct GemmKernel: Kernel {
  let attributes: Gemm
  let m: Int
  let n: Int
  let k: Int
  let addend: BroadcastLoop?

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = try frame.input(0), b = try frame.input(1), y = frame.outputs[0]
    let result = unsafe y.base.assumingMemoryBound(to: Float.self)
    if let addend, let c = frame.optional(2) {
      let beta = attributes.beta
      // The second operand only gives the loop its extent.
      unsafe addend.run(c.base.assumingMemoryBound(to: Float.self), result, into: result) { c, _ in beta * c }
    }
    unsafe gemm(
      transposeA: attributes.transposeA, transposeB: attributes.transposeB, m: m, n: n, k: k, alpha: attributes.alpha,
      a.base.assumingMemoryBound(to: Float.self), leadingA: a.shape[1], b.base.assumingMemoryBound(to: Float.self),
      leadingB: b.shape[1], beta: addend == nil ? 0 : 1, result, leadingC: n)
  }
}

/// ``Gemm`` by its definition, for types that the matrix library does not multiply.
private struct PlainGemm: NumberKernel {
  let attributes: Gemm
  let m: Int
  let n: Int
  let k: Int
  let addend: BroadcastLoop?

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let a = try frame.input(0).values(of: Element.self), b = try frame.input(1).values(of: Element.self)
    let y = frame.outputs[0].values(of: Element.self)
    y.fill(Element(work: 0))
    if let addend, let c = frame.optional(2)?.values(of: Element.self) {
      unsafe addend.run(c.base, y.base, into: y.base) { c, _ in c }
    }
    let alpha = Double(attributes.alpha), beta = Double(attributes.beta)
    for row in 0..<m {
      for column in 0..<n {
        var total: Element.Work = 0
        for depth in 0..<k {
          let left = a[attributes.transposeA ? depth * m + row : row * k + depth].work
          let right = b[attributes.transposeB ? column * k + depth : depth * n + column].work
          total = Element.Work.wrappingSum(total, Element.Work.wrappingProduct(left, right))
        }
        let place = row * n + column
        y[place] = Element(work: Element.Work(nearest: alpha * total.asDouble + beta * y[place].work.asDouble))
      }
    }
  }
}

/// [MatMul](https://onnx.ai/onnx/operators/onnx__MatMul.html): NumPy's `matmul`, with batch axes broadcast.
struct MatMul: Operator {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let type = try operands.number(0).type.elementType
    return Outputs(TensorType(try matrices(operands).shape, type))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let matrices = try matrices(operands)
    guard try operands.required(0).type.elementType == .float32 else { return PlainProduct(matrices: matrices) }
    // All matrices on the left are one on top of the other.
    let rows = matrices.m * matrices.offsets.count
    if let matrix = operands.constant(1), matrix.shape.rank == 2,
      PackedProduct.suits(m: rows, n: matrices.n, k: matrices.k)
    {
      return PackedProduct(rows: rows, resultRank: matrices.shape.rank, matrix: matrix, isTransposed: false)
    }
    return BatchedProduct(matrices: matrices)
  }

  private func matrices(_ operands: Operands) throws(OperatorError) -> MatrixBatch {
    try MatrixBatch(try operands.required(0).shape, try operands.required(1, like: 0).shape, node: operands.node)
  }
}

private struct BatchedProduct: Kernel {
  let matrices: MatrixBatch

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = unsafe try frame.input(0).base.assumingMemoryBound(to: Float.self)
    let b = unsafe try frame.input(1).base.assumingMemoryBound(to: Float.self)
    let y = unsafe frame.outputs[0].base.assumingMemoryBound(to: Float.self)
    let (m, n, k) = (matrices.m, matrices.n, matrices.k)
    for (index, offset) in matrices.offsets.enumerated() {
      unsafe gemm(
        m: m, n: n, k: k, a + offset.a, leadingA: k, b + offset.b, leadingB: n, beta: 0, y + index * m * n, leadingC: n)
    }
  }
}

/// The product by its definition, for types that the matrix library does not multiply.
private struct PlainProduct: NumberKernel {
  let matrices: MatrixBatch

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let a = try frame.input(0).values(of: Element.self), b = try frame.input(1).values(of: Element.self)
    let y = frame.outputs[0].values(of: Element.self)
    let (m, n, k) = (matrices.m, matrices.n, matrices.k)
    for (index, offset) in matrices.offsets.enumerated() {
      for row in 0..<m {
        for column in 0..<n {
          var total: Element.Work = 0
          for depth in 0..<k {
            let product = Element.Work.wrappingProduct(
              a[offset.a + row * k + depth].work, b[offset.b + depth * n + column].work)
            total = Element.Work.wrappingSum(total, product)
          }
          y[(index * m + row) * n + column] = Element(work: total)
        }
      }
    }
  }
}
