import TensorCore

/// InstanceNormalization and GroupNormalization with every inner step rounded: the mean, the differences, their squares,
/// the variance, epsilon, the root, and the products behind.
struct NarrowGroupNormalization: Kernel {
  let channels: Int
  let groups: Int
  let epsilon: Float
  /// Whether scale and bias are one number per group, not per channel.
  let factorsPerGroup: Bool
  let arithmetic: NarrowArithmetic

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0].values(of: Float.self)
    let scale = try frame.input(1).values(of: Float.self), bias = try frame.input(2).values(of: Float.self)
    let plane = x.shape.dimensions.dropFirst(2).reduce(1, *), perGroup = channels / max(groups, 1)
    let count = plane * perGroup
    guard count > 0 else { return }
    let small = arithmetic.rounded(epsilon)
    for block in 0..<(x.shape[0] * groups) {
      let values = x.values(of: Float.self).from(block * count), results = y.from(block * count)
      let mean = arithmetic.rounded(arithmetic.total(count) { values[$0] } / Float(count))
      let squares = arithmetic.total(count) { i in
        let difference = arithmetic.rounded(values[i] - mean)
        return arithmetic.rounded(difference * difference)
      }
      let variance = arithmetic.rounded(squares / Float(count))
      let deviation = arithmetic.rounded(arithmetic.rounded(variance + small).squareRoot())
      for channel in 0..<perGroup {
        let index = factorsPerGroup ? block % groups : block % groups * perGroup + channel
        for i in (channel * plane)..<((channel + 1) * plane) {
          let normal = arithmetic.rounded(arithmetic.rounded(values[i] - mean) / deviation)
          results[i] = arithmetic.rounded(normal * scale[index]) + bias[index]
        }
      }
    }
  }
}
