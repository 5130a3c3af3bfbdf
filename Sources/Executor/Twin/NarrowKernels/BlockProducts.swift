import TensorCore

/// Gemm whose products are added in narrow blocks.
struct BlockGemm: Kernel {
  let attributes: Gemm
  let m: Int
  let n: Int
  let k: Int
  let addend: BroadcastLoop?
  let sum: BlockSum

  /// A row of work, and `B` with its rows one behind the other.
  var scratchByteCount: Int { (n + n * k) * MemoryLayout<Float>.stride }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = try frame.input(0).values(of: Float.self), b = try frame.input(1).values(of: Float.self)
    let y = frame.outputs[0].values(of: Float.self)
    let work = unsafe frame.scratch.assumingMemoryBound(to: Float.self)
    let packed = unsafe work + n
    for i in 0..<k { for j in 0..<n { unsafe packed[i * n + j] = b[attributes.transposeB ? j * k + i : i * n + j] } }
    for row in 0..<m {
      unsafe sum.products(
        k, width: n, { a[attributes.transposeA ? $0 * m + row : row * k + $0] }, packed, work: work,
        into: y.base + row * n)
    }
    guard attributes.alpha != 1 || addend != nil else { return }
    let alpha = attributes.alpha, beta = attributes.beta
    for i in y.indices { y[i] *= alpha }
    if let addend, let c = frame.optional(2)?.values(of: Float.self) {
      unsafe addend.run(c.base, y.base, into: y.base) { c, y in beta * c + y }
    }
  }
}

extension Gemm {
  func blockProduct(_ operands: Operands, _ sum: BlockSum) throws(OperatorError) -> (any Kernel)? {
    guard try operands.required(0).type.elementType == .float32 else { return nil }
    let size = try resolve(operands)
    let addend = operands[optional: 2].map { BroadcastLoop($0.shape, [size.m, size.n]) }
    return BlockGemm(attributes: self, m: size.m, n: size.n, k: size.k, addend: addend, sum: sum)
  }
}

/// MatMul whose products are added in narrow blocks.
struct BlockMatMul: Kernel {
  let matrices: MatrixBatch
  let sum: BlockSum

  var scratchByteCount: Int { matrices.n * MemoryLayout<Float>.stride }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = try frame.input(0).values(of: Float.self), b = try frame.input(1).values(of: Float.self)
    let y = frame.outputs[0].values(of: Float.self)
    let work = unsafe frame.scratch.assumingMemoryBound(to: Float.self)
    let (m, n, k) = (matrices.m, matrices.n, matrices.k)
    for (index, offset) in matrices.offsets.enumerated() {
      for row in 0..<m {
        unsafe sum.products(
          k, width: n, { a[offset.a + row * k + $0] }, b.base + offset.b, work: work,
          into: y.base + (index * m + row) * n)
      }
    }
  }
}
