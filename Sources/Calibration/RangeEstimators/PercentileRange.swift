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
    if rank > zeros {
      var choice = RangeThreshold(histogram.magnitude(ofRank: rank - zeros))
      choice.ends = ends(of: tensor)
      return choice
    }
    let amongOthers = percent / 100 * Double(histogram.total)
    return RangeThreshold(histogram.magnitude(ofRank: amongOthers), notes: [.percentileAmongZeros])
  }
}

extension PercentileRange {
  /// The asymmetric range: half of what the percentage leaves out lies beyond either end.
  private func ends(of tensor: TensorCollector) -> ClosedRange<Float>? {
    guard let minimum = tensor.minimum?.value, let maximum = tensor.maximum?.value else { return nil }
    let tail = (1 - percent / 100) / 2 * Double(tensor.finiteCount)
    func end(_ side: MagnitudeHistogram.Side) -> Float {
      guard let histogram = MagnitudeHistogram(tensor, side) else { return 0 }
      let rank = Double(histogram.total) - tail
      return rank > 0 ? Float(histogram.magnitude(ofRank: rank)) : 0
    }
    let lower = minimum >= 0 ? minimum : max(minimum, -end(.negative))
    let upper = maximum <= 0 ? maximum : min(maximum, end(.positive))
    return lower <= upper ? lower...upper : nil
  }
}

extension MagnitudeHistogram {
  /// The magnitude that `rank` of the values in the bins do not pass.
  func magnitude(ofRank rank: Double) -> Double {
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
