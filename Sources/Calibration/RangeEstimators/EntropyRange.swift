/// The threshold under which the quantized distribution diverges least from the original one, after S. Migacz,
/// "8-bit inference with TensorRT" (GTC 2017, S7310).
///
/// The magnitudes are counted in 2048 bins of width `w = amax / 2048`. For each candidate `i` from 128 to 2048:
/// - P is the first `i` bins; what lies beyond is added to the last of them.
/// - Q is the first `i` bins without what lies beyond, merged into 128 levels of `i / 128` bins each and spread
///   again evenly over those bins of each level that are not empty. A bin on the border of two levels belongs to
///   each with the share that lies in it.
/// - The divergence is `Σ P·ln(P / Q)` of the two, each normalised to 1; where Q is 0 and P is not, the candidate
///   is out.
///
/// The threshold is `(i + 0.5)·w` for the candidate of least divergence; of equal ones the greatest, which clips least.
/// 2048 is a candidate, so that the threshold may pass the largest magnitude by a 4096th, as it does in caches written
/// by TensorRT. What the source leaves open is settled here, for TensorRT's inner rules are not known; the results need not equal its own.
package struct EntropyRange: RangeEstimator {
  package static let name = "entropy"

  package static let binCount = 2048
  package static let levelCount = 128

  package let zeros: ZeroPolicy

  package init(zeros: ZeroPolicy = .neighbour) { self.zeros = zeros }

  package var parameters: [RangeParameter] {
    [
      RangeParameter("bins", Self.binCount), RangeParameter("levels", Self.levelCount),
      RangeParameter("kl-zero", zeros.rawValue),
    ]
  }

  package func threshold(of tensor: TensorCollector) -> RangeThreshold {
    var candidate = Self.binCount
    if let histogram = MagnitudeHistogram(tensor) {
      var bins = histogram.rebinned(to: Self.binCount)
      zeros.apply(to: &bins, zeros: histogram.zeros)
      candidate = DivergenceSearch(bins: bins, levels: Self.levelCount).leastDivergent()
    }
    // Exact in binary64 and so rounded once to binary32, which gives the bits found in real caches.
    return RangeThreshold((Double(candidate) + 0.5) * (Double(tensor.amax) / Double(Self.binCount)))
  }
}

/// What the entropy method does with the values around 0, which the sources leave open.
///
/// It moves the threshold more than any other choice: a ReLU makes half of a tensor exactly 0, and counting those
/// zeros makes the method clip hard to resolve a single point.
package enum ZeroPolicy: String, Sendable, Hashable, CaseIterable {
  /// Zeros are counted in the first bin, as any other value.
  case include
  /// Exact zeros are left out; the rest of the first bin counts.
  case drop
  /// The first bin is replaced by its neighbour, whatever it holds.
  case neighbour

  func apply(to bins: inout [Double], zeros: UInt64) {
    guard bins.count > 1 else { return }
    switch self {
    case .include: bins[0] += Double(zeros)
    case .drop: break
    case .neighbour: bins[0] = bins[1]
    }
  }
}
