/// The Kullback-Leibler divergence of every clipping point; see ``EntropyRange`` for the definition.
///
/// With running sums over the bins a candidate costs two logarithms per level instead of one per bin.
///
/// Re-binning leaves fractions in bins: a value counted as 0.3 here and 0.7 next door. Such a bin takes part in
/// spreading a level by `min(1, count)` instead of fully; then splitting a value between bins leaves the divergence as
/// it is, and whole counts give the textbook's result.
package struct DivergenceSearch: Sendable {
  private let bins: [Double]
  private let levels: Int
  /// Running sums of the counts and of the shares in which bins are occupied; one more than there are bins.
  private var held: [SIMD2<Double>] = [.zero]
  /// Running sums of count · log₂ count and of count · log₂ share.
  private var information: [SIMD2<Double>] = [.zero]

  /// - Parameters:
  ///   - bins: How many values each bin holds, not negative. There must be at least `levels`.
  ///   - levels: How many levels the clipped range is quantized to; also the first candidate.
  package init(bins: [Double], levels: Int) {
    self.bins = bins
    self.levels = levels
    for count in bins {
      let share = min(count, 1)
      let own = count > 0 ? count * fastLog2(count) : 0
      let shared = share > 0 && share < 1 ? count * fastLog2(share) : 0
      held.append(held[held.count - 1] + SIMD2(count, share))
      information.append(information[information.count - 1] + SIMD2(own, shared))
    }
  }

  /// The divergence, in bits, of each candidate from `levels` to the number of bins; infinite where Q is 0 and P is not.
  package func divergences() -> [Double] {
    // Two terms for each level: its whole bins, and the bin on its left border.
    LogarithmSum.with(count: 2 * levels) { terms in
      (levels...bins.count).map { divergence($0, terms) }
    }
  }

  /// The same, worked out for every `stride`th candidate and for those around the few least of these only; infinite for
  /// the others.
  package func divergences(every stride: Int) -> [Double] {
    guard stride > 1 else { return divergences() }
    return LogarithmSum.with(count: 2 * levels) { terms in
      var found = [Double](repeating: .infinity, count: bins.count - levels + 1)
      let tried = Array(Swift.stride(from: found.count - 1, through: 0, by: -stride))
      for place in tried { found[place] = divergence(levels + place, terms) }
      // Minima of nearly one depth lie far apart: the least of the coarse candidates need not be near the least of all.
      let least = tried.sorted { (found[$0], $0) < (found[$1], $1) }.prefix(Self.refined)
      for best in least {
        for place in max(0, best - stride + 1)..<min(found.count, best + stride) where !found[place].isFinite {
          found[place] = divergence(levels + place, terms)
        }
      }
      return found
    }
  }

  /// Around how many coarse candidates all are tried.
  private static let refined = 6

  private func divergence(_ candidate: Int, _ terms: LogarithmSum) -> Double {
    let last = bins[candidate - 1]
    // Only the last bin of P can hold something where Q has nothing: what was clipped.
    guard last > 0 else { return .infinity }
    let total = held[bins.count][0]
    let kept = held[candidate][0]
    let clipped = total - kept
    setCrossTerms(candidate, clipped: clipped, of: terms)
    let ofP = information[candidate - 1][0] + (last + clipped) * fastLog2(last + clipped)
    let ofShares = information[candidate][1] + (last < 1 ? clipped * fastLog2(last) : 0)
    return (ofP - terms.total - ofShares) / total + fastLog2(kept) - fastLog2(total)
  }

  /// Sets the terms to those of `Σ P·log₂ Q`, without the shares of bins that are not fully occupied.
  private func setCrossTerms(_ candidate: Int, clipped: Double, of terms: LogarithmSum) {
    let (wholeWidth, widthRest) = candidate.quotientAndRemainder(dividingBy: levels)
    let unit = 1 / Double(levels)
    unsafe held.withUnsafeBufferPointer { held in
      // Borders are at most `candidate`, which has an entry; a border inside a bin lies below it.
      var rightBin = 0
      var rest = 0
      var leftBin = 0
      var leftShare = 0.0
      var leftHeld = SIMD2<Double>.zero
      var rateBefore = 0.0
      for level in 0..<levels {
        // The right border lies `rest / levels` into bin `rightBin`.
        rightBin &+= wholeWidth
        rest &+= widthRest
        if rest >= levels {
          rest &-= levels
          rightBin &+= 1
        }
        let rightShare = Double(rest) * unit
        var rightHeld = unsafe held[rightBin]
        if rightShare > 0 { unsafe rightHeld += rightShare * (held[rightBin &+ 1] - rightHeld) }
        // What each fully occupied bin of the level gets when the level's mass is spread evenly.
        let mass = rightHeld - leftHeld
        let rate = mass[1] > 0 ? mass[0] / mass[1] : 0
        // The bin on the left border belongs to the level before, too.
        let whole = leftShare > 0 ? leftBin &+ 1 : leftBin
        let onBorder = unsafe held[whole][0] - held[leftBin][0] + (whole == candidate ? clipped : 0)
        let inside = unsafe held[rightBin][0] - held[whole][0]
        let isLast = rightBin == candidate && rightBin > whole
        terms.set(2 &* level, whole > leftBin ? onBorder : 0, log2: leftShare * rateBefore + (1 - leftShare) * rate)
        terms.set(2 &* level &+ 1, isLast ? inside + clipped : inside, log2: rate)
        leftBin = rightBin
        leftShare = rightShare
        leftHeld = rightHeld
        rateBefore = rate
      }
    }
  }
}
