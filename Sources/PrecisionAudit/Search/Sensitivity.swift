/// What each unit alone in 16 bits, the rest in float32, does to the network's outputs.
package struct Sensitivity: Sendable {
  package struct Entry: Sendable {
    package let key: Int
    package let totals: EffectTotals

    package init(key: Int, totals: EffectTotals) {
      self.key = key
      self.totals = totals
    }
  }

  /// In the order in which they were measured.
  package var entries: [Entry]

  package init(_ entries: [Entry] = []) { self.entries = entries }

  package func totals(of key: Int) -> EffectTotals? { entries.first { $0.key == key }?.totals }

  /// Every one of `keys`, the most sensitive first: broken outputs, then flips, then the error; units that were not
  /// measured stand last, in the order given.
  package func ranking(of keys: [Int]) -> [Int] {
    let known = Dictionary(entries.map { ($0.key, $0.totals) }) { first, _ in first }
    return keys.enumerated().sorted { a, b in
      Sensitivity.isBefore(known[a.element], a.offset, known[b.element], b.offset)
    }.map(\.element)
  }

  private static func isBefore(_ a: EffectTotals?, _ i: Int, _ b: EffectTotals?, _ j: Int) -> Bool {
    guard let a, let b else { return a != nil ? true : b != nil ? false : i < j }
    if a.broken != b.broken { return a.broken > b.broken }
    // Flips of a handful of samples are chance where the errors are not of one size.
    let left = a.error.noise, right = b.error.noise
    if left != right, !left.isNaN, !right.isNaN { return left > right }
    if a.flips != b.flips { return a.flips > b.flips }
    return i < j
  }
}
