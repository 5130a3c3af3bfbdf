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
/// by TensorRT.
///
/// Where two fifths or more of a tensor are zero, or where a twentieth share one bin and the best candidate would saturate
/// more than 1 % of the values, candidates whose expected INT8 error is more than 1 dB above that of `max` are out, and so
/// are all below them. In the first case few values with a long tail are all that the tensor says; in the second the
/// measure has fallen for a point mass, such as the black background of pictures, beyond which it would clip all that
/// matters. Not so where the zeros are counted, for then clipping hard is what was asked for.
///
/// What the source leaves open is settled here, for TensorRT's inner rules are not known; the results need not equal
/// its own.
package struct EntropyRange: RangeEstimator {
  package static let name = "entropy"

  package static let binCount = 2048
  package static let levelCount = 128

  package let zeros: ZeroPolicy

  /// Of how many candidates one is tried at first; then those around the best. 1 tries all.
  private let stride: Int

  package init(zeros: ZeroPolicy = .neighbour) { self.init(zeros: zeros, stride: 1) }

  private init(zeros: ZeroPolicy, stride: Int) {
    self.zeros = zeros
    self.stride = stride
  }

  package var quick: any RangeEstimator { EntropyRange(zeros: zeros, stride: 8) }

  package var isQuickApproximate: Bool { true }

  /// From what share of zeros on the loss is limited: somewhat below a half, where ReLU puts symmetric tensors.
  private static let limitedZeroShare = 0.4
  /// From what share of values in one bin, and of saturated ones, on it is limited, too.
  private static let pointMassShare = 0.05
  private static let limitedClippedShare = 0.01
  /// How much lower than `max`'s the signal-to-noise ratio may be for such a tensor, in decibels.
  private static let lossLimit = 1.0
  /// The least decrease that the search takes for one of that size: less, for the histogram shows the error only nearly.
  private static let lossFactor = 1.23

  package var parameters: [RangeParameter] {
    [
      RangeParameter("bins", Self.binCount), RangeParameter("levels", Self.levelCount),
      RangeParameter("kl-zero", zeros.rawValue),
    ] + (zeros == .include ? [] : [RangeParameter("loss-limit-db", Self.lossLimit)])
  }

  package func threshold(of tensor: TensorCollector) -> RangeThreshold {
    guard let histogram = MagnitudeHistogram(tensor) else { return threshold(of: tensor, keeping: Self.binCount) }
    var bins = histogram.rebinned(to: Self.binCount)
    zeros.apply(to: &bins, zeros: histogram.zeros)
    let divergences = DivergenceSearch(bins: bins, levels: Self.levelCount)
      .divergences(every: stride)
    let free = Self.leastDivergent(divergences, from: Self.levelCount)
    let choice = threshold(of: tensor, keeping: free)
    let zeroShare = Double(tensor.zeros) / Double(tensor.finiteCount)
    let clippedShare = histogram.count(above: Double(choice.amax)) / Double(histogram.total)
    let hasPointMass = (bins.max() ?? 0) > Self.pointMassShare * Double(histogram.total)
    let isLimited = zeroShare >= Self.limitedZeroShare || (hasPointMass && clippedShare > Self.limitedClippedShare)
    if zeros == .include || !isLimited || free == Self.binCount { return choice }

    let error = QuantizationError(tensor)
    let limit = error.total(threshold: Double(tensor.amax)).sum * Self.lossFactor
    var candidate = free
    // What clips more than a candidate that clips too much is no better.
    while error.total(threshold: Double(threshold(of: tensor, keeping: candidate).amax)).sum > limit,
      candidate < Self.binCount
    {
      candidate = Self.leastDivergent(divergences, from: candidate + 1)
    }
    if candidate == free { return choice }
    var limited = threshold(of: tensor, keeping: candidate)
    limited.notes.append(.lossLimited(threshold: choice.amax))
    return limited
  }

  /// The threshold that keeps the first `candidate` bins.
  private func threshold(of tensor: TensorCollector, keeping candidate: Int) -> RangeThreshold {
    // Exact in binary64 and so rounded once to binary32, which gives the bits found in real caches.
    RangeThreshold((Double(candidate) + 0.5) * (Double(tensor.amax) / Double(Self.binCount)))
  }

  /// The candidate of least divergence among those from `first` on, the greatest of equal ones.
  private static func leastDivergent(_ divergences: [Double], from first: Int) -> Int {
    var best = binCount
    var least = Double.infinity
    for candidate in first...binCount where divergences[candidate - levelCount] <= least {
      least = divergences[candidate - levelCount]
      best = candidate
    }
    return best
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
