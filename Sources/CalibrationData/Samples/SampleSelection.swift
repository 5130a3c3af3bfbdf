import TensorCore

/// Which samples of a data set are used.
package struct SampleSelection: Sendable, Hashable {
  /// How many, or nil for all.
  package var limit: Int?
  /// With a seed the samples are drawn at random, without one the first are taken.
  package var seed: UInt64?

  package init(limit: Int? = nil, seed: UInt64? = nil) {
    self.limit = limit
    self.seed = seed
  }

  /// The ranks to use out of `count`, in ascending order. The same limit and seed draw the same ranks everywhere.
  package func ranks(of count: Int) -> [Int] {
    let wanted = max(min(limit ?? count, count), 0)
    guard let seed, wanted < count else { return Array(0..<wanted) }
    var generator = SplitMix64(seed: seed)
    var ranks = Array(0..<count)
    for index in 0..<wanted { ranks.swapAt(index, index + generator.next(below: count - index)) }
    return ranks[..<wanted].sorted()
  }
}
