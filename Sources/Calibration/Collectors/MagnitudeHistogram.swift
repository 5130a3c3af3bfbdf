/// The magnitudes of a tensor's finite values as its range estimators see them.
///
/// Bin `i` counts the magnitudes from `edges(of: i).lower` on and below the next bin's; the last one that holds a value
/// ends with the largest magnitude. Within a bin the values are taken to be spread evenly.
package struct MagnitudeHistogram: Sendable {
  let layout: BinLayout
  /// The counts of the bins.
  package let counts: [UInt64]
  /// The bins that hold a value, and perhaps some empty ones between.
  package let occupied: Range<Int>
  /// The largest magnitude.
  package let amax: Double
  /// How many values are 0; they are in no bin.
  package let zeros: UInt64
  /// How many values the bins hold.
  package let total: UInt64

  /// Which values to look at.
  package enum Side: Sendable { case negative, positive, both }

  /// Nil where no value on that side is finite and other than 0. The zeros belong to every side.
  package init?(_ collector: TensorCollector, _ side: Side = .both) {
    let low = collector.minimum?.value ?? 0
    let high = collector.maximum?.value ?? 0
    let amax: Float
    let bins: (layout: BinLayout, counts: [UInt64])?
    switch side {
    case .negative:
      amax = -low
      bins = collector.histogram.bins(negative: true)
    case .positive:
      amax = high
      bins = collector.histogram.bins(negative: false)
    case .both:
      amax = max(-low, high)
      var histogram = collector.histogram
      histogram.fold(keepingPositive: true)
      bins = histogram.bins(negative: false)
    }
    guard amax > 0, let bins else { return nil }
    layout = bins.layout
    self.amax = Double(amax)
    zeros = collector.zeros
    counts = bins.counts
    total = counts.reduce(0, +)
    let first = counts.firstIndex { $0 > 0 } ?? 0
    occupied = first..<(counts.lastIndex { $0 > 0 } ?? first) + 1
  }

  /// Where bin `bin` begins and ends.
  package func edges(of bin: Int) -> (lower: Double, upper: Double) {
    (layout.edge(bin), bin == occupied.upperBound - 1 ? amax : layout.edge(bin + 1))
  }

  /// How many values have a magnitude above `threshold`; the bin that it falls into is split in proportion.
  package func count(above threshold: Double) -> Double {
    var total = 0.0
    for bin in occupied.reversed() {
      let (lower, upper) = edges(of: bin)
      if upper <= threshold { break }
      guard counts[bin] > 0 else { continue }
      if lower > threshold {
        total += Double(counts[bin])
      } else {
        total += Double(counts[bin]) * (upper - threshold) / (upper - lower)
      }
    }
    return total
  }

  /// The counts of `count` bins of equal width that together reach from 0 to the largest magnitude.
  ///
  /// The count of a bin that straddles a border is split in proportion. The zeros are not among them.
  package func rebinned(to count: Int) -> [Double] {
    var bins = [Double](repeating: 0, count: count)
    let width = amax / Double(count)
    // The border is computed the same way wherever it matters, so that neighbours never disagree about it.
    func place(_ magnitude: Double) -> Int { min(Int(magnitude / width), count - 1) }
    for bin in occupied where counts[bin] > 0 {
      let (lower, upper) = edges(of: bin)
      let first = place(lower)
      let last = place(upper)
      let mass = Double(counts[bin])
      if first == last || lower >= upper {
        bins[first] += mass
        continue
      }
      var left = mass
      for target in first..<last {
        let share = mass * max(0, Double(target + 1) * width - max(lower, Double(target) * width)) / (upper - lower)
        bins[target] += min(share, left)
        left -= min(share, left)
      }
      bins[last] += left
    }
    return bins
  }
}
