package import Calibration
package import TensorCore

/// What a calibration says of one tensor.
package struct ActivationRange: Sendable, Hashable {
  /// The scale of symmetric INT8, as the calibration holds it: its bits go into the plan unchanged.
  package let scale: Float
  /// The least and the greatest value to cover, where the calibration knows them.
  package let lower: Float?
  package let upper: Float?

  /// - Parameter scale: Of symmetric INT8.
  package init(scale: Float, lower: Float? = nil, upper: Float? = nil) {
    self.scale = scale
    self.lower = lower
    self.upper = upper
  }

  package init(_ range: TensorRange) {
    self.init(scale: range.scale, lower: range.lower, upper: range.upper)
  }

  /// Whether a grid can be made of it: the scale is a positive number.
  package var isUsable: Bool { scale > 0 && scale.isFinite }

  /// Codes −128…127 around 0.
  package var symmetricGrid: IntegerGrid { IntegerGrid(scale: scale) }

  /// Codes 0…255 that cover the range and hold 0 exactly, as padding and ReLU need it.
  ///
  /// `scale = (upper − lower) / 255`, `zero point = round(−lower / scale)`, ties to even: rounding the zero point cuts one
  /// end off by at most half a step.
  ///
  /// - Parameter isNonNegative: Whether the operator that makes the tensor allows no negative value: then the lower end
  ///   is 0 where the calibration does not know one.
  package func asymmetricGrid(isNonNegative: Bool) -> IntegerGrid {
    let amax = scale * 127
    let low = min(0, max(lower ?? (isNonNegative ? 0 : -amax), -.greatestFiniteMagnitude / 4))
    let high = max(0, min(upper ?? amax, .greatestFiniteMagnitude / 4))
    let step = (high - low) / 255
    guard step > 0, step.isFinite else { return IntegerGrid(scale: scale, codes: IntegerGrid.unsignedCodes) }
    let zero = nearestCode(-low, scale: step, in: IntegerGrid.unsignedCodes)
    return IntegerGrid(scale: step, zeroPoint: zero, codes: IntegerGrid.unsignedCodes)
  }
}
