/// The mean, over the samples, of each sample's least and greatest value: what NNCF takes for activations by default.
///
/// The asymmetric range is the pair of means; the threshold of symmetric quantization is the mean of each sample's largest
/// magnitude. The sums are exact, so that the order of the samples does not matter. A sample that does not excite a
/// tensor pulls its range in, and an outlier in one sample hardly moves it.
package struct MeanExtremesRange: RangeEstimator {
  package static let name = "mean"

  package init() {}

  package var parameters: [RangeParameter] { [] }

  package func threshold(of tensor: TensorCollector) -> RangeThreshold {
    guard let extremes = tensor.sampleExtremes, extremes.count > 0 else {
      return RangeThreshold(Double(tensor.amax), notes: [.noSampleExtremes])
    }
    var choice = RangeThreshold(extremes.magnitudes.mean(of: extremes.count))
    let lower = Float(extremes.minima.mean(of: extremes.count)), upper = Float(extremes.maxima.mean(of: extremes.count))
    if lower <= upper {
      choice.ends = max(lower, -choice.amax)...min(max(upper, max(lower, -choice.amax)), choice.amax)
    }
    return choice
  }
}
