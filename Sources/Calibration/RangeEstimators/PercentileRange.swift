/// The magnitude that a given percentage of all finite values, over all samples together, does not pass.
///
/// Zeros count as values. Where the rank falls inside a bin, the answer is interpolated towards the bin's right
/// edge, so that it is never 0, however far an outlier stretches the bins; 100 gives the largest magnitude exactly.
package struct PercentileRange: RangeEstimator {
  package static let name = "percentile"

  /// Above 0 and at most 100.
  package let percent: Double

  /// - Parameter percent: Must be above 0 and at most 100.
  package init(percent: Double = 99.99) {
    precondition(percent > 0 && percent <= 100, "a percentile must be above 0 and at most 100, not \(percent)")
    self.percent = percent
  }

  init(checking percent: Double) throws(RangeMethodError) {
    guard percent > 0 && percent <= 100 else { throw .percentOutOfRange(percent) }
    self.init(percent: percent)
  }

  package var parameters: [RangeParameter] { [RangeParameter("percentile", percent)] }

  package func threshold(of tensor: TensorCollector) -> RangeThreshold {
    guard let histogram = MagnitudeHistogram(tensor) else { return RangeThreshold(Double(tensor.amax)) }
    let zeros = Double(histogram.zeros)
    let rank = percent / 100 * (Double(histogram.total) + zeros)
    if rank > zeros { return RangeThreshold(histogram.magnitude(ofRank: rank - zeros)) }
    let amongOthers = percent / 100 * Double(histogram.total)
    return RangeThreshold(histogram.magnitude(ofRank: amongOthers), notes: [.percentileAmongZeros])
  }
}

extension MagnitudeHistogram {
  /// The magnitude that `rank` of the values in the bins do not pass.
  fileprivate func magnitude(ofRank rank: Double) -> Double {
    var below: UInt64 = 0
    for bin in occupied where counts[bin] > 0 {
      let next = below + counts[bin]
      if Double(next) >= rank {
        let (lower, upper) = edges(of: bin)
        return min(amax, lower + (upper - lower) * (rank - Double(below)) / Double(counts[bin]))
      }
      below = next
    }
    return amax
  }
}
