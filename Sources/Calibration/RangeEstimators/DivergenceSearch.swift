/// Finds the clipping point of least Kullback-Leibler divergence; see ``EntropyRange`` for the definition.
///
/// With running sums over the bins a candidate costs two logarithms per level instead of one per bin.
///
/// Re-binning leaves fractions in bins: a value counted as 0.3 here and 0.7 next door. Such a bin takes part in
/// spreading a level by `min(1, count)` instead of fully; then splitting a value between bins leaves the divergence as
/// it is, and whole counts give the textbook's result.
struct DivergenceSearch {
  private let bins: [Double]
  private let levels: Int
  /// Running sums, each with one element more than there are bins: of the counts, of the shares of occupied bins,
  /// of count · log₂ count, and of count · log₂ share.
  private var mass: [Double] = [0]
  private var occupancy: [Double] = [0]
  private var selfInformation: [Double] = [0]
  private var shareInformation: [Double] = [0]

  /// - Parameters:
  ///   - bins: How many values each bin holds, not negative. There must be at least `levels`.
  ///   - levels: How many levels the clipped range is quantized to; also the first candidate.
  init(bins: [Double], levels: Int) {
    self.bins = bins
    self.levels = levels
    for count in bins {
      let share = Self.share(count)
      mass.append(mass[mass.count - 1] + count)
      occupancy.append(occupancy[occupancy.count - 1] + share)
      let ownInformation = count > 0 ? count * fastLog2(count) : 0
      selfInformation.append(selfInformation[selfInformation.count - 1] + ownInformation)
      let lost = share > 0 && share < 1 ? count * fastLog2(share) : 0
      shareInformation.append(shareInformation[shareInformation.count - 1] + lost)
    }
  }

  /// How far a bin counts as occupied.
  private static func share(_ count: Double) -> Double { min(count, 1) }

  /// The candidate of least divergence, the greatest of equal ones: a number of bins to keep.
  func leastDivergent() -> Int {
    var terms = LogarithmSum(capacity: 2 * levels)
    var best = bins.count
    var least = Double.infinity
    for candidate in levels...bins.count {
      let divergence = divergence(candidate, &terms)
      if divergence <= least {
        least = divergence
        best = candidate
      }
    }
    return best
  }

  /// The divergence, in bits, of keeping `candidate` bins; infinite where Q is 0 and P is not.
  func divergence(_ candidate: Int) -> Double {
    var terms = LogarithmSum(capacity: 2 * levels)
    return divergence(candidate, &terms)
  }

  private func divergence(_ candidate: Int, _ terms: inout LogarithmSum) -> Double {
    let last = bins[candidate - 1]
    // Only the last bin of P can hold something where Q has nothing: what was clipped.
    guard last > 0 else { return .infinity }
    let total = mass[bins.count]
    let kept = mass[candidate]
    let clipped = total - kept
    let width = Double(candidate) / Double(levels)

    terms.clear()
    var left = Border(bin: 0, share: 0)
    var rateBefore = 0.0
    for level in 1...levels {
      let right = level == levels ? Border(bin: candidate, share: 0) : Border(Double(level) * width)
      let rate = rate(from: left, to: right)
      var whole = left.bin
      if left.share > 0 {
        // The bin on the left border belongs to the level before, too.
        let count = left.bin == candidate - 1 ? last + clipped : bins[left.bin]
        if count > 0 { terms.add(count, log2: left.share * rateBefore + (1 - left.share) * rate) }
        whole += 1
      }
      if right.bin > whole {
        var count = mass[right.bin] - mass[whole]
        if right.bin == candidate { count += clipped }
        if count > 0 && rate > 0 { terms.add(count, log2: rate) }
      }
      left = right
      rateBefore = rate
    }
    let ofP = selfInformation[candidate - 1] + (last + clipped) * fastLog2(last + clipped)
    let ofShares = shareInformation[candidate] + (last < 1 ? clipped * fastLog2(last) : 0)
    return (ofP - terms.sum() - ofShares) / total + fastLog2(kept) - fastLog2(total)
  }

  /// A place within the row of bins: `share` of bin `bin` lies before it.
  private struct Border {
    let bin: Int
    let share: Double

    init(bin: Int, share: Double) {
      self.bin = bin
      self.share = share
    }

    init(_ place: Double) {
      bin = Int(place)
      share = place - Double(bin)
    }
  }

  /// What each fully occupied bin between two borders gets when their mass is spread evenly.
  private func rate(from left: Border, to right: Border) -> Double {
    let held = upTo(right, mass, bins[min(right.bin, bins.count - 1)]) - upTo(left, mass, bins[left.bin])
    let rightShare = Self.share(bins[min(right.bin, bins.count - 1)])
    let occupied = upTo(right, occupancy, rightShare) - upTo(left, occupancy, Self.share(bins[left.bin]))
    return occupied > 0 ? max(0, held / occupied) : 0
  }

  /// A running sum at a border that may lie inside a bin which adds `next`.
  private func upTo(_ border: Border, _ sums: [Double], _ next: Double) -> Double {
    sums[border.bin] + border.share * next
  }
}
