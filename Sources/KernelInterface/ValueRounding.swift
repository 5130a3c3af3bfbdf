/// What values are rounded to, to nearest, ties to even. The module TensorCore defines what each gives, to the last bit.
package enum ValueRounding: Sendable, Hashable {
  /// Values stay as they are.
  case none
  /// The numbers of a 16-bit format, subnormal ones among them. NaN stays NaN.
  case binary16
  case bfloat16
  /// The multiples of a scale.
  case grid(GridSteps)
}

/// The multiples of `scale` from `least` to `greatest` times it: `clip(x / scale, least, greatest)`, rounded, times
/// `scale`. NaN becomes 0.
package struct GridSteps: Sendable, Hashable {
  /// Positive and finite.
  package let scale: Float
  /// Whole numbers below 2²² in magnitude.
  package let least: Float
  package let greatest: Float

  package init(scale: Float, least: Float, greatest: Float) {
    self.scale = scale
    self.least = least
    self.greatest = greatest
  }
}
