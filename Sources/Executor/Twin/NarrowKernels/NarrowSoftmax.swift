import Glibc
import TensorCore

/// Softmax with every inner step rounded: `x − max`, `exp`, the sum, and the quotient.
struct NarrowSoftmax: Kernel {
  let rows: RowSpace
  let arithmetic: NarrowArithmetic

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner { rewrite(Row(x, rows, outer, inner), into: Row(y, rows, outer, inner)) }
    }
  }

  private func rewrite(_ x: Row<Float>, into y: Row<Float>) {
    let largest = x.largest()
    for i in 0..<x.count { y[i] = arithmetic.rounded(exp(arithmetic.rounded(x[i] - largest))) }
    let total = arithmetic.rounded(arithmetic.total(x.count) { y[$0] })
    for i in 0..<x.count { y[i] = y[i] / total }
  }
}
