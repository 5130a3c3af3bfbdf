import Calibration

extension TensorCollector {
  /// How many values are NaN or infinite.
  var nonFiniteCount: UInt64 { nans.count + positiveInfinities.count + negativeInfinities.count }
}
