/// The least or the greatest value of a tensor, and where it was met first.
package struct Extreme: Sendable, Equatable {
  package let value: Float
  /// The lowest rank among the samples that have this value.
  package let sample: Int

  package init(value: Float, sample: Int) {
    self.value = value
    self.sample = sample
  }

  /// The lower of two extremes; of equal ones that of the sample with the lower rank.
  static func lower(_ a: Extreme?, _ b: Extreme?) -> Extreme? {
    guard let a else { return b }
    guard let b else { return a }
    return a.value == b.value ? (a.sample <= b.sample ? a : b) : (a.value < b.value ? a : b)
  }

  /// The higher of two extremes; of equal ones that of the sample with the lower rank.
  static func higher(_ a: Extreme?, _ b: Extreme?) -> Extreme? {
    guard let a else { return b }
    guard let b else { return a }
    return a.value == b.value ? (a.sample <= b.sample ? a : b) : (a.value > b.value ? a : b)
  }
}

/// How often something occurred, and the lowest rank of a sample in which it did.
package struct Tally: Sendable, Equatable {
  package private(set) var count: UInt64 = 0
  /// Nil while the count is 0.
  package private(set) var firstSample: Int?

  package init() {}

  init(count: UInt64, firstSample: Int?) {
    self.count = count
    self.firstSample = firstSample
  }

  mutating func add(_ more: Int, sample: Int) {
    guard more > 0 else { return }
    count += UInt64(more)
    firstSample = min(firstSample ?? sample, sample)
  }

  mutating func merge(_ other: Tally) {
    count += other.count
    guard let sample = other.firstSample else { return }
    firstSample = min(firstSample ?? sample, sample)
  }
}
