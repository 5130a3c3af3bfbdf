import TensorCore

/// ReduceSumSquare and ReduceL2 with every inner step rounded: squares from 256 on overflow binary16, those below 2⁻¹²
/// become subnormal or zero.
struct NarrowSquareReduction: Kernel {
  let space: ReductionSpace
  let takesRoot: Bool
  let arithmetic: NarrowArithmetic
  let scratchByteCount: Int

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let source = unsafe space.elements(of: x, scratch: frame.scratch)
    let rows = space.rows
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        let row = Row(source, rows, outer, inner)
        let total = arithmetic.rounded(arithmetic.total(row.count) { arithmetic.rounded(row[$0] * row[$0]) })
        y[outer * rows.inner + inner] = takesRoot ? total.squareRoot() : total
      }
    }
  }
}

/// LpNormalization with every inner step rounded: the powers, their sum, the root, and the quotients. A line whose norm
/// is zero becomes zero, as ONNX has it.
struct NarrowLpNormalization: Kernel {
  let rows: RowSpace
  /// 1 or 2.
  let order: Int
  let arithmetic: NarrowArithmetic

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        let row = Row(x, rows, outer, inner), results = Row(y, rows, outer, inner)
        let total = arithmetic.rounded(
          arithmetic.total(row.count) { order == 1 ? row[$0].magnitude : arithmetic.rounded(row[$0] * row[$0]) })
        let norm = order == 1 ? total : arithmetic.rounded(total.squareRoot())
        for i in 0..<rows.count { results[i] = norm == 0 ? 0 : row[i] / norm }
      }
    }
  }
}
