/// A share of a quantile: what the two settings of TensorRT's legacy calibrator (`IInt8LegacyCalibrator`) mean by their
/// documentation.
///
/// The *quantile*, of all finite magnitudes of all samples, is taken for the tensor's maximum, so that single outliers do
/// not count; the *cutoff* is the share of that maximum at which values saturate. Both are above 0 and at most 1. What
/// TensorRT computes inside is not published, so the result need not equal its own.
package struct LegacyRange: RangeEstimator {
  package static let name = "legacy"

  package let quantile: Double
  package let cutoff: Double

  init(checking quantile: Double, _ cutoff: Double) throws(RangeMethodError) {
    guard quantile > 0 && quantile <= 1 else { throw .shareOutOfRange("quantile", quantile) }
    guard cutoff > 0 && cutoff <= 1 else { throw .shareOutOfRange("cutoff", cutoff) }
    self.quantile = quantile
    self.cutoff = cutoff
  }

  package var parameters: [RangeParameter] {
    [RangeParameter("quantile", quantile), RangeParameter("cutoff", cutoff)]
  }

  package func threshold(of tensor: TensorCollector) -> RangeThreshold {
    // The product of a number up to 1 and 100 is at most 100.
    let maximum = PercentileRange(percent: quantile * 100).threshold(of: tensor)
    return RangeThreshold(Double(maximum.amax) * cutoff, notes: maximum.notes)
  }
}
