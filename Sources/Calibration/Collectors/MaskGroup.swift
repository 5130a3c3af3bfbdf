/// Values far outside all others that stand for "not allowed" rather than for a number: the -10000, -1e9 or -3.4e38
/// that attention masks add before a Softmax.
///
/// A group counts as a mask where all of this holds:
/// - its magnitudes lie within an eighth of the largest one, and that is at least 1000, for positive values a million;
/// - no other value other than 0, of either sign, has more than a 64th of its magnitude;
/// - there are such other values.
///
/// A range that spans a mask has a step so wide that all other values become 0. A range without it makes the mask
/// saturate; it stays the least (or greatest) value, far below where Softmax gives 0 as long as the others are.
package struct MaskGroup: Sendable, Equatable {
  /// The extreme of the group, with its sign.
  package let extreme: Float
  package let count: UInt64

  static let leastNegative: Float = 1000
  static let leastPositive: Float = 1e6
  static let width = 0.875
  static let gap = 64.0
}

/// What becomes of masks when ranges are chosen.
package enum MaskPolicy: String, Sendable, Hashable, CaseIterable {
  /// They are left out of the statistics that methods see.
  case exclude
  /// They count as any other value.
  case include
}

extension TensorCollector {
  /// The group of values that looks like a mask, on the side of the larger magnitude; nil where there is none.
  package var mask: MaskGroup? { findMask()?.group }

  private func findMask() -> (group: MaskGroup, isNegative: Bool, firstBin: Int, bulk: Double)? {
    let isNegative = -(minimum?.value ?? 0) == amax
    guard amax >= (isNegative ? MaskGroup.leastNegative : MaskGroup.leastPositive) else { return nil }
    guard let layout = histogram.layout(negative: isNegative) else { return nil }
    let counts = histogram.counts(negative: isNegative)
    let limit = Double(amax) * MaskGroup.width
    guard let top = counts.lastIndex(where: { $0 > 0 }) else { return nil }
    var bin = top
    var count: UInt64 = 0
    while bin >= 0, layout.edge(bin + 1) > limit || bin == top {
      count += counts[bin]
      bin -= 1
    }
    let firstBin = bin + 1
    while bin >= 0, counts[bin] == 0 { bin -= 1 }
    let other = isNegative ? max(maximum?.value ?? 0, 0) : max(-(minimum?.value ?? 0), 0)
    let bulk = max(bin >= 0 ? layout.edge(bin + 1) : 0, Double(other))
    guard bulk > 0, bulk * MaskGroup.gap <= Double(amax) else { return nil }
    return (MaskGroup(extreme: isNegative ? -amax : amax, count: count), isNegative, firstBin, bulk)
  }

  /// The same statistics without masks, and the masks, at most one of each sign.
  ///
  /// Where a mask stretched the bins, those of the other values are as wide as a 128th of their binade: the new extreme
  /// is the end of the last such bin, and the values within a bin are spread evenly over the finer ones.
  package func withoutMasks() -> (rest: TensorCollector, masks: [MaskGroup]) {
    var rest = self
    var masks: [MaskGroup] = []
    while masks.count < 2, let found = rest.findMask() {
      masks.append(found.group)
      rest.remove(negative: found.isNegative, from: found.firstBin)
    }
    return (rest, masks)
  }
}

extension TensorCollector {
  /// Takes the bins from `firstBin` on of one sign away.
  private mutating func remove(negative isNegative: Bool, from firstBin: Int) {
    histogram = histogram.without(negative: isNegative, from: firstBin)
    var end: Float = 0
    if let layout = histogram.layout(negative: isNegative),
      let last = histogram.counts(negative: isNegative).lastIndex(where: { $0 > 0 })
    {
      end = Float(layout.edge(last + 1)).nextDown
    }
    if isNegative {
      minimum = minimum.map { Extreme(value: end == 0 ? min(0, maximum?.value ?? 0) : -end, sample: $0.sample) }
    } else {
      maximum = maximum.map { Extreme(value: end == 0 ? max(0, minimum?.value ?? 0) : end, sample: $0.sample) }
    }
    sampleExtremes = nil
  }
}

extension Histogram {
  /// The same without the bins from `firstBin` on of one sign, with as fine bins as the rest allows.
  fileprivate func without(negative isNegative: Bool, from firstBin: Int) -> Histogram {
    var result = Histogram()
    for sign in [true, false] {
      guard let layout = layout(negative: sign) else { continue }
      var counts = counts(negative: sign)
      if sign == isNegative { for bin in firstBin..<counts.count { counts[bin] = 0 } }
      result.spread(counts, of: layout, negative: sign)
    }
    return result
  }

  /// Adds counts of another layout; a bin that is wider than those here is spread evenly over them.
  private mutating func spread(_ counts: [UInt64], of source: BinLayout, negative isNegative: Bool) {
    guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
      return
    }
    let low = Int(source.lowerBits(ofBin: first) >> 23), high = Int(source.lowerBits(ofBin: last) >> 23)
    include(low...high, negative: isNegative)
    guard let target = layout(negative: isNegative) else { return }
    for bin in first...last where counts[bin] > 0 {
      let bits = source.lowerBits(ofBin: bin)
      let exponent = Int(bits >> 23)
      let start = target.bin(ofMagnitude: bits)
      let finer = target.mantissaBits(exponent: exponent) - source.mantissaBits(exponent: exponent)
      let parts = finer > 0 ? UInt64(1) << UInt64(finer) : 1
      let (each, rest) = counts[bin].quotientAndRemainder(dividingBy: parts)
      for part in 0..<parts where each > 0 || part < rest {
        let place = target.lowerBits(ofBin: start + Int(part))
        let times = each + (part < rest ? 1 : 0)
        add(magnitude: place, negative: isNegative, times: times)
      }
    }
  }
}
