/// The squared error that symmetric INT8 makes in a tensor, expected from its histogram.
package struct QuantizationError: Sendable {
  let negative: MagnitudeMoments?
  let positive: MagnitudeMoments?

  package init(_ tensor: TensorCollector) {
    negative = MagnitudeHistogram(tensor, .negative).map(MagnitudeMoments.init)
    positive = MagnitudeHistogram(tensor, .positive).map(MagnitudeMoments.init)
  }

  /// The error summed over all finite values, for a positive threshold.
  ///
  /// Codes range from -128 to 127 and the scale is `threshold / 127`; values halfway between codes make the same error
  /// either way.
  ///
  /// - Parameter isRectified: Whether errors in negative values do not count, because a ReLU follows.
  package func total(threshold: Double, isRectified: Bool = false) -> SquaredError {
    let scale = threshold / 127
    if isRectified { return positive?.error(scale: scale, codes: 127) ?? SquaredError() }
    let below = negative?.error(scale: scale, codes: 128) ?? SquaredError()
    let above = positive?.error(scale: scale, codes: 127) ?? SquaredError()
    return SquaredError(
      sum: below.sum + above.sum, saturation: below.saturation + above.saturation)
  }

  /// The sum of the squares of all finite values: what an error is compared with.
  package var power: Double { (negative?.power ?? 0) + (positive?.power ?? 0) }
}

/// A sum of squared errors.
package struct SquaredError: Sendable, Equatable {
  package var sum = 0.0
  /// The part that comes from values beyond the last code.
  package var saturation = 0.0
}
