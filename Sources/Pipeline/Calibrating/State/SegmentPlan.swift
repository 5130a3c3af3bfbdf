/// How a calibration set is divided so that evidence can be gathered, and a run be saved, in pieces.
///
/// A segment is an interval of positions among the samples used, by ascending rank. Statistics are kept by segment: what
/// comes of a segment depends neither on who worked on it nor on when, and merging segments is exact. There are at most
/// some thirty of them, however large the set, and as few as serve: each has its price.
package struct SegmentPlan: Sendable, Hashable {
  /// How many samples are used.
  package let count: Int
  /// Where segments begin and end, ascending, from 0 to ``count``.
  let cuts: [Int]
  /// How many groups of nearly equal size the bootstrap draws from; each is one segment or several neighbours. 1 where
  /// none are kept apart.
  package let groupCount: Int
  /// The numbers of samples for which scales are shown: 5, 10, 20, 50, … and ``count``.
  package let prefixes: [Int]

  /// The most groups.
  static let mostGroups = 20
  /// The least samples of a group, so that little of the time goes into keeping groups apart.
  static let leastGroup = 5
  /// The fewest groups from which drawing tells anything.
  static let fewestDrawn = 8
  /// The most samples of a segment, unless a twentieth of the set is more: what is lost where the program is killed.
  static let mostUnsaved = 24

  /// - Parameter keepsGroups: Whether there are groups to draw from.
  package init(count: Int, keepsGroups: Bool) {
    self.count = count
    var prefixes: [Int] = []
    var decade = 1
    while decade <= count {
      prefixes += [1, 2, 5].map { $0 * decade }.filter { $0 >= 5 && $0 < count }
      let (next, overflow) = decade.multipliedReportingOverflow(by: 10)
      if overflow { break }
      decade = next
    }
    self.prefixes = prefixes + [count]
    let groups = keepsGroups ? max(1, min(Self.mostGroups, count / Self.leastGroup)) : 1
    groupCount = groups
    let borders = (0...groups).map { Self.border($0, of: groups, count) }
    let wanted = Set(borders + prefixes + [count / 2]).sorted()
    let most = max(Self.mostUnsaved, count / Self.mostGroups)
    cuts =
      [0]
      + zip(wanted, wanted.dropFirst()).flatMap { start, end in
        let parts = (end - start + most - 1) / most
        return (1...parts).map { start + Self.border($0, of: parts, end - start) }
      }
  }

  private static func border(_ group: Int, of groups: Int, _ count: Int) -> Int {
    // In two parts, so that the product stays within `Int`.
    let (whole, rest) = count.quotientAndRemainder(dividingBy: groups)
    return whole * group + rest * group / groups
  }

  package var segmentCount: Int { cuts.count - 1 }

  /// The positions of a segment.
  package func range(of segment: Int) -> Range<Int> { cuts[segment]..<cuts[segment + 1] }

  /// The group that a segment belongs to.
  func group(of segment: Int) -> Int {
    let position = cuts[segment]
    var group = 0
    while group + 1 < groupCount, Self.border(group + 1, of: groupCount, count) <= position { group += 1 }
    return group
  }

  /// `positions` in pieces that lie in one segment each.
  func pieces(of positions: Range<Int>) -> [(segment: Int, range: Range<Int>)] {
    (0..<segmentCount).compactMap { segment in
      let range = range(of: segment).clamped(to: positions)
      return range.isEmpty ? nil : (segment, range)
    }
  }

  /// What of `positions` no range of `done` covers, ascending.
  static func remaining(of positions: Range<Int>, without done: [Range<Int>]) -> [Range<Int>] {
    var rest: [Range<Int>] = []
    var start = positions.lowerBound
    for range in done.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > start {
      if range.lowerBound >= positions.upperBound { break }
      if range.lowerBound > start { rest.append(start..<range.lowerBound) }
      start = range.upperBound
    }
    if start < positions.upperBound { rest.append(start..<positions.upperBound) }
    return rest
  }
}

/// One of several machines' share of a calibration.
package struct Shard: Sendable, Hashable, Codable {
  /// From 1 to ``count``.
  package let index: Int
  package let count: Int

  /// Reads `2/5`.
  ///
  /// - Throws: ``PipelineError`` for anything else.
  package init(_ text: String) throws(PipelineError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard parts.count == 2, parts[0] >= 1, parts[0] <= parts[1], parts[1] <= 1_000_000 else {
      throw PipelineError(
        .usage, "--shard: expected i/n such as 2/5, with i from 1 to n, found '\(text)'; correct it")
    }
    index = parts[0]
    count = parts[1]
  }

  /// The positions of this shard among `samples`.
  func positions(of samples: Int) -> Range<Int> {
    let (whole, rest) = samples.quotientAndRemainder(dividingBy: count)
    func border(_ place: Int) -> Int { whole * place + rest * place / count }
    return border(index - 1)..<border(index)
  }
}
