/// Random numbers that depend on the seed alone: SplitMix64 (Steele, Lea, Flood 2014), with ways of its own to draw below a
/// bound, so that no other library's version changes what a seed means.
package struct SplitMix64: RandomNumberGenerator, Sendable {
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

  /// The same without a division, for millions of draws: by the high half of a product (Lemire 2019). Its bias is below
  /// `count / 2⁶⁴`.
  package mutating func place(below count: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(max(count, 1))).high)
  }
}
