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
    return Outputs(TensorType([size.m, size.n]))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let size = try resolve(operands)
    let addend = operands[optional: 2].map { BroadcastLoop($0.shape, [size.m, size.n]) }
    return GemmKernel(attributes: self, m: size.m, n: size.n, k: size.k, addend: addend)
  }

  private func resolve(_ operands: Operands) throws(OperatorError) -> (m: Int, n: Int, k: Int) {
    let a = try operands.required(0, .float32).shape, b = try operands.required(1, .float32).shape
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

/// [MatMul](https://onnx.ai/onnx/operators/onnx__MatMul.html): NumPy's `matmul`, with batch axes broadcast.
struct MatMul: Operator {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(TensorType(try BatchedProduct(operands).shape))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel { try BatchedProduct(operands) }
}

private struct BatchedProduct: Kernel {
  let shape: Shape
  let m: Int
  let n: Int
  let k: Int
  /// For each product, where its matrices begin.
  let offsets: [(a: Int, b: Int)]

  init(_ operands: Operands) throws(OperatorError) {
    let a = try operands.required(0, .float32).shape, b = try operands.required(1, .float32).shape
    guard a.rank >= 1, b.rank >= 1 else {
      throw OperatorError(operands.node, .shape(expected: "vectors or matrices", found: "\(a) and \(b)"))
    }
    // A vector counts as a matrix of one row on the left and one column on the right; the axis is dropped again.
    let left = a.rank == 1 ? Shape([1, a[0]]) : a, right = b.rank == 1 ? Shape([b[0], 1]) : b
    let batchA = Shape(Array(left.dimensions.dropLast(2))), batchB = Shape(Array(right.dimensions.dropLast(2)))
    guard left[left.rank - 1] == right[right.rank - 2], let batch = BroadcastLoop.shape(batchA, batchB) else {
      throw OperatorError(operands.node, .shape(expected: "matrices that can be multiplied", found: "\(a) and \(b)"))
    }
    m = left[left.rank - 2]
    k = left[left.rank - 1]
    n = right[right.rank - 1]
    shape = Shape(batch.dimensions + (a.rank == 1 ? [] : [m]) + (b.rank == 1 ? [] : [n]))
    let numbersA = Array(0..<batchA.count), numbersB = Array(0..<batchB.count)
    var pairs = [(a: Int, b: Int)](repeating: (0, 0), count: batch.count)
    if batch.count > 0 {
      unsafe pairs.withUnsafeMutableBufferPointer { pairs in
        unsafe numbersA.withUnsafeBufferPointer { a in
          unsafe numbersB.withUnsafeBufferPointer { b in
            guard let a = a.baseAddress, let b = b.baseAddress, let to = pairs.baseAddress else { return }
            unsafe BroadcastLoop(batchA, batchB).run(a, b, into: to) { (a: $0, b: $1) }
          }
        }
      }
    }
    let (sizeA, sizeB) = (m * k, k * n)
    offsets = pairs.map { ($0.a * sizeA, $0.b * sizeB) }
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = unsafe try frame.input(0).base.assumingMemoryBound(to: Float.self)
    let b = unsafe try frame.input(1).base.assumingMemoryBound(to: Float.self)
    let y = unsafe frame.outputs[0].base.assumingMemoryBound(to: Float.self)
    for (index, offset) in offsets.enumerated() {
      unsafe gemm(
        m: m, n: n, k: k, a + offset.a, leadingA: k, b + offset.b, leadingB: n, beta: 0, y + index * m * n, leadingC: n)
    }
  }
}
