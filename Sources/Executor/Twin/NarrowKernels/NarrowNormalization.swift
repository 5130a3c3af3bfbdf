import TensorCore

/// LayerNormalization and RMSNormalization with every inner step rounded: the mean, the differences, their squares, the
/// variance, epsilon, and the root. Squares of differences from 256 on overflow binary16; an epsilon below 2⁻²⁵ is zero.
struct NarrowNormalization: Kernel {
  /// How many elements a row has.
  let count: Int
  let epsilon: Float
  let subtractsMean: Bool
  let arithmetic: NarrowArithmetic

  func run(_ frame: inout Frame) throws(OperatorError) {
    let input = try frame.input(0)
    let x = input.values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let scale = try frame.input(1).broadcast(to: input.shape).array(of: Float.self)
    let bias = frame.optional(2).map { $0.broadcast(to: input.shape).array(of: Float.self) }
    guard count > 0 else { return }
    let small = arithmetic.rounded(epsilon)
    for row in 0..<(x.count / count) {
      let start = row * count
      let mean = subtractsMean ? arithmetic.rounded(arithmetic.total(count) { x[start + $0] } / Float(count)) : 0
      let squares = arithmetic.total(count) { i in
        let difference = arithmetic.rounded(x[start + i] - mean)
        return arithmetic.rounded(difference * difference)
      }
      let variance = arithmetic.rounded(squares / Float(count))
      let deviation = arithmetic.rounded(arithmetic.rounded(variance + small).squareRoot())
      for i in start..<(start + count) {
        let normal = arithmetic.rounded(arithmetic.rounded(x[i] - mean) / deviation)
        let scaled = arithmetic.rounded(normal * scale[i])
        y[i] = bias.map { scaled + $0[i] } ?? scaled
      }
      if frame.outputs.count > 1 { frame.outputs[1].values(of: Float.self)[row] = mean }
      if frame.outputs.count > 2 { frame.outputs[2].values(of: Float.self)[row] = 1 / deviation }
    }
  }
}
