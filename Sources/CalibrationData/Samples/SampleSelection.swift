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

/// The generator SplitMix64 (Steele, Lea, Flood 2014), with its own way to draw below a bound, so that no other
/// library's version changes what a seed means.
package struct SplitMix64: Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 to `bound - 1`, each as likely: numbers of the last, incomplete round are drawn again.
  package mutating func next(below bound: Int) -> Int {
    precondition(bound > 0, "the bound must be positive, not \(bound)")
    let bound = UInt64(bound)
    let incomplete = (0 &- bound) % bound
    while true {
      let drawn = next()
      if drawn >= incomplete { return Int(drawn % bound) }
    }
  }
}
