import KernelInterface

/// How often each magnitude occurs among the finite, non-zero values of a tensor, apart for each sign.
///
/// The state depends only on which values were added, never on their order or grouping: histograms of the parts of a
/// stream, merged in any order, equal the histogram of the whole. A sign that does not occur takes no memory; one
/// that does takes 35 to 175 KiB.
package struct Histogram: Sendable {
  /// The bins of the negative and of the positive values; nil for a sign that has not occurred.
  private(set) var negative: BinLayout?
  private(set) var positive: BinLayout?
  /// How many values the bins hold.
  package internal(set) var total: UInt64 = 0
  /// The places for zeros, the negative bins, the positive bins.
  var table = CountTable(size: BinTask.zeroPlaces)
  /// Where kernels find the bins of each sign; derived from the layouts.
  private(set) var negativePlaces: BinPlaces?
  private(set) var positivePlaces: BinPlaces?

  package init() {}

  var negativeStart: Int { BinTask.zeroPlaces }
  var positiveStart: Int { BinTask.zeroPlaces + (negative?.count ?? 0) }

  /// The layout of the bins of one sign.
  func layout(negative isNegative: Bool) -> BinLayout? { isNegative ? negative : positive }

  /// Where in the table the bins of one sign lie.
  func range(negative isNegative: Bool) -> Range<Int> {
    let start = isNegative ? negativeStart : positiveStart
    return start..<start + (layout(negative: isNegative)?.count ?? 0)
  }

  /// The counts of the bins of one sign.
  func counts(negative isNegative: Bool) -> [UInt64] {
    let range = range(negative: isNegative)
    return range.isEmpty ? [] : table.counts(range)
  }

  /// The exponents of the lowest and the highest binade of one sign that hold a value.
  func occupied(negative isNegative: Bool) -> ClosedRange<Int>? {
    guard let layout = layout(negative: isNegative) else { return nil }
    guard let bins = table.occupied(range(negative: isNegative)) else { return nil }
    return layout.exponent(ofBin: bins.lowerBound)...layout.exponent(ofBin: bins.upperBound)
  }

  /// An empty histogram with these bins.
  private init(negative: BinLayout?, positive: BinLayout?) {
    self.negative = negative
    self.positive = positive
    table = CountTable(size: BinTask.zeroPlaces + (negative?.count ?? 0) + (positive?.count ?? 0))
    negativePlaces = negative?.places(from: negativeStart)
    positivePlaces = positive?.places(from: positiveStart)
  }

  /// Adds the counts that `other` has of one sign, whose magnitudes must have bins here; `joint` is the sum of all then.
  private mutating func add(_ other: Histogram, negative isNegative: Bool, joint: UInt64) {
    guard let old = other.layout(negative: isNegative), let new = layout(negative: isNegative) else { return }
    table.add(
      other.table, other.range(negative: isNegative), of: old, to: range(negative: isNegative), of: new, total: joint)
  }

  /// Counts one magnitude, which must have a bin, `times` times.
  mutating func add(magnitude bits: UInt32, negative isNegative: Bool, times: UInt64 = 1) {
    guard let layout = layout(negative: isNegative) else { return }
    let index = range(negative: isNegative).lowerBound + layout.bin(ofMagnitude: bits)
    total += times
    table.add(times, at: index, total: total)
  }
}

extension Histogram {
  /// Makes room for magnitudes of one sign whose biased exponents range over `exponents`.
  mutating func include(_ exponents: ClosedRange<Int>, negative isNegative: Bool) {
    var all = exponents
    if let old = layout(negative: isNegative) {
      if exponents.upperBound <= old.top && exponents.lowerBound >= old.low { return }
      if let present = occupied(negative: isNegative) { all = all.union(present) }
      // Narrower bins could not take what wider ones have counted.
      all = all.union(all.lowerBound...max(all.upperBound, old.top))
    }
    let new = BinLayout(holding: all)
    var result = Histogram(negative: isNegative ? new : negative, positive: isNegative ? positive : new)
    if total > 0 {
      for sign in [true, false] { result.add(self, negative: sign, joint: total) }
      result.total = total
      // One that counts goes on in bytes.
      if !table.hasSums { result.table.compact() }
    }
    self = result
  }

  /// Adds everything that `other` holds.
  package mutating func merge(_ other: Histogram) {
    let joint = total + other.total
    // The layout follows from the binades that hold values, so that that of two equal ones is the same: no need to look.
    if negative != other.negative || positive != other.positive {
      let layouts = [true, false].map { sign in
        let ranges = [self, other].compactMap { $0.occupied(negative: sign) }
        return ranges.first.map { first in BinLayout(holding: ranges.reduce(first) { $0.union($1) }) }
      }
      if layouts != [negative, positive] {
        var result = Histogram(negative: layouts[0], positive: layouts[1])
        for sign in [true, false] { result.add(self, negative: sign, joint: joint) }
        self = result
      }
    }
    for sign in [true, false] { add(other, negative: sign, joint: joint) }
    total = joint
  }

  /// The bins of one sign with their counts; nil for a sign that does not occur. Negative values lie as those of a histogram
  /// would that has met their magnitudes alone.
  func bins(negative isNegative: Bool) -> (layout: BinLayout, counts: [UInt64])? {
    guard let layout = layout(negative: isNegative) else { return nil }
    guard isNegative, occupied(negative: true).map(BinLayout.init(holding:)) != layout else {
      return (layout, counts(negative: isNegative))
    }
    var mirrored = self
    mirrored.fold(keepingPositive: false)
    return mirrored.bins(negative: false)
  }

  /// The same histogram without its negative values.
  func withoutNegatives() -> Histogram {
    if negative == nil { return self }
    if positive == nil { return Histogram() }
    let kept = counts(negative: false).reduce(0, +)
    var result = Histogram(negative: nil, positive: positive)
    result.add(self, negative: false, joint: kept)
    result.total = kept
    return result
  }
}

extension ClosedRange<Int> {
  /// The smallest range that holds both.
  fileprivate func union(_ other: Self) -> Self {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }
}

extension Histogram: Equatable {
  package static func == (a: Histogram, b: Histogram) -> Bool {
    guard a.negative == b.negative, a.positive == b.positive, a.total == b.total else { return false }
    return [true, false].allSatisfy { a.counts(negative: $0) == b.counts(negative: $0) }
  }
}

extension Histogram {
  /// Turns the negative values into positive ones; the positive ones stay or go.
  mutating func fold(keepingPositive: Bool) {
    if negative == nil {
      if !keepingPositive { self = Histogram() }
      return
    }
    var mirrored = Histogram(negative: nil, positive: negative)
    let counts = counts(negative: true)
    for (bin, count) in counts.enumerated() where count > 0 {
      mirrored.total += count
      mirrored.table.add(count, at: mirrored.positiveStart + bin, total: mirrored.total)
    }
    self = keepingPositive ? withoutNegatives() : Histogram()
    merge(mirrored)
  }
}
