/// How often each magnitude occurs among the finite, non-zero values of a tensor, apart for each sign.
///
/// The state depends only on which values were added, never on their order or grouping: histograms of the parts of a
/// stream, merged in any order, equal the histogram of the whole. A sign that does not occur takes no memory; one
/// that does takes about 140 KiB.
package struct Histogram: Sendable {
  /// The bins of the negative and of the positive values; nil for a sign that has not occurred.
  private(set) var negative: BinLayout?
  private(set) var positive: BinLayout?
  /// How many values the bins hold.
  package internal(set) var total: UInt64 = 0
  /// The slots, the negative bins, the positive bins. `wide` takes over when a count may pass 32 bits.
  var narrow: [UInt32] = []
  var wide: [UInt64] = []
  /// Derived from the layouts when values are added; empty when it must be made anew.
  var lookup = BinLookup()

  package init() {}

  var negativeStart: Int { BinLookup.slotCount }
  var positiveStart: Int { BinLookup.slotCount + (negative?.count ?? 0) }

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
    if range.isEmpty { return [] }
    return wide.isEmpty ? narrow[range].map(UInt64.init) : Array(wide[range])
  }

  /// The exponents of the lowest and the highest binade of one sign that hold a value.
  func occupied(negative isNegative: Bool) -> ClosedRange<Int>? {
    guard let layout = layout(negative: isNegative) else { return nil }
    let range = range(negative: isNegative)
    return unsafe wide.isEmpty
      ? narrow.withUnsafeBufferPointer { unsafe layout.occupied(UnsafeBufferPointer(rebasing: $0[range])) }
      : wide.withUnsafeBufferPointer { unsafe layout.occupied(UnsafeBufferPointer(rebasing: $0[range])) }
  }

  /// An empty histogram with these bins, ready for `total` values.
  private init(negative: BinLayout?, positive: BinLayout?, total: UInt64) {
    self.negative = negative
    self.positive = positive
    let size = BinLookup.slotCount + (negative?.count ?? 0) + (positive?.count ?? 0)
    if total <= UInt32.max {
      narrow = Array(repeating: 0, count: size)
    } else {
      wide = Array(repeating: 0, count: size)
    }
  }

  /// Adds the counts that `other` has of one sign, whose magnitudes must have bins here.
  private mutating func add(_ other: Histogram, negative isNegative: Bool) {
    guard let old = other.layout(negative: isNegative), let new = layout(negative: isNegative) else { return }
    let source = other.range(negative: isNegative)
    let target = range(negative: isNegative)
    if wide.isEmpty {
      unsafe narrow.withUnsafeMutableBufferPointer { sums in
        unsafe other.narrow.withUnsafeBufferPointer { counts in
          unsafe old.add(UnsafeBufferPointer(rebasing: counts[source]), to: .init(rebasing: sums[target]), of: new)
        }
      }
    } else {
      unsafe wide.withUnsafeMutableBufferPointer { sums in
        if other.wide.isEmpty {
          unsafe other.narrow.withUnsafeBufferPointer { counts in
            unsafe old.add(UnsafeBufferPointer(rebasing: counts[source]), to: .init(rebasing: sums[target]), of: new)
          }
        } else {
          unsafe other.wide.withUnsafeBufferPointer { counts in
            unsafe old.add(UnsafeBufferPointer(rebasing: counts[source]), to: .init(rebasing: sums[target]), of: new)
          }
        }
      }
    }
  }

  /// Sees to it that `more` values can be added before a count wraps round.
  mutating func reserve(_ more: Int) {
    guard wide.isEmpty, total + UInt64(more) > UInt32.max else { return }
    wide = narrow.map(UInt64.init)
    narrow = []
  }

  /// Counts one magnitude, which must have a bin, `times` times.
  mutating func add(magnitude bits: UInt32, negative isNegative: Bool, times: UInt64 = 1) {
    guard let layout = layout(negative: isNegative) else { return }
    let index = range(negative: isNegative).lowerBound + layout.bin(ofMagnitude: bits)
    if wide.isEmpty { narrow[index] += UInt32(times) } else { wide[index] += times }
    total += times
  }
}

extension Histogram {
  /// Makes room for magnitudes of one sign whose biased exponents range over `exponents`.
  mutating func include(_ exponents: ClosedRange<Int>, negative isNegative: Bool) {
    var all = exponents
    if let old = layout(negative: isNegative) {
      if exponents.upperBound <= old.top && exponents.lowerBound >= old.low { return }
      if let present = occupied(negative: isNegative) { all = all.union(present) }
    }
    let new = BinLayout(holding: all)
    var result = Histogram(
      negative: isNegative ? new : negative, positive: isNegative ? positive : new, total: wide.isEmpty ? 0 : .max)
    result.add(self, negative: true)
    result.add(self, negative: false)
    result.total = total
    self = result
  }

  /// Adds everything that `other` holds.
  package mutating func merge(_ other: Histogram) {
    let joint = total + other.total
    if negative == other.negative, positive == other.positive, joint <= UInt32.max || !wide.isEmpty {
      // The layout follows from the binades that hold values, so that the union's is the same: no need to look.
      add(other, negative: true)
      add(other, negative: false)
      total = joint
      return
    }
    let layouts = [true, false].map { sign in
      let ranges = [self, other].compactMap { $0.occupied(negative: sign) }
      return ranges.first.map { first in BinLayout(holding: ranges.reduce(first) { $0.union($1) }) }
    }
    let sum = total + other.total
    if sum <= UInt32.max || !wide.isEmpty, layouts == [negative, positive] {
      add(other, negative: true)
      add(other, negative: false)
    } else {
      var result = Histogram(negative: layouts[0], positive: layouts[1], total: sum)
      for part in [self, other] {
        result.add(part, negative: true)
        result.add(part, negative: false)
      }
      self = result
    }
    total = sum
  }

  /// The same histogram without its negative values.
  func withoutNegatives() -> Histogram {
    if negative == nil { return self }
    if positive == nil { return Histogram() }
    let kept = counts(negative: false).reduce(0, +)
    var result = Histogram(negative: nil, positive: positive, total: wide.isEmpty ? 0 : .max)
    result.add(self, negative: false)
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
    if a.wide.isEmpty && b.wide.isEmpty { return a.narrow == b.narrow || a.total == 0 }
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
    var mirrored = Histogram(negative: nil, positive: negative, total: wide.isEmpty ? 0 : .max)
    if negative != nil {
      let counts = counts(negative: true)
      for (bin, count) in counts.enumerated() where count > 0 {
        let place = mirrored.positiveStart + bin
        if mirrored.wide.isEmpty { mirrored.narrow[place] = UInt32(count) } else { mirrored.wide[place] = count }
        mirrored.total += count
      }
    }
    self = keepingPositive ? withoutNegatives() : Histogram()
    merge(mirrored)
  }
}
