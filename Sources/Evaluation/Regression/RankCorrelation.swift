/// Spearman's rank correlation (Spearman 1904): the correlation of the ranks, ties sharing the mean of theirs.
///
/// The order is found once; a figure of samples drawn anew only walks along it.
package struct RankCorrelation: Sendable {
  /// Places ascending by value, and for each the number of its group of equal values.
  private struct Ranking: Sendable {
    let order: [Int]
    let group: [Int]

    init(_ values: [Float]) {
      order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
      var group = [Int](repeating: 0, count: values.count)
      for (step, place) in order.enumerated().dropFirst() {
        group[step] = group[step - 1] + (values[order[step - 1]] < values[place] ? 1 : 0)
      }
      self.group = group
    }

    /// The rank of each place where place `i` occurs `weights[i]` times: its copies are ties.
    func ranks(_ weights: [Int]) -> [Double] {
      var ranks = [Double](repeating: 0, count: order.count)
      var before = 0
      var first = 0
      while first < order.count {
        var end = first
        var total = 0
        while end < order.count, group[end] == group[first] {
          total += weights[order[end]]
          end += 1
        }
        for step in first..<end { ranks[order[step]] = Double(before) + Double(total + 1) / 2 }
        before += total
        first = end
      }
      return ranks
    }
  }

  private let x: Ranking
  private let y: Ranking
  private let isFinite: Bool

  /// - Parameters: As many of one as of the other, in the same order. A NaN has no rank: every result is NaN then.
  package init(_ x: [Float], _ y: [Float]) {
    let count = min(x.count, y.count)
    isFinite = !x.prefix(count).contains(where: \.isNaN) && !y.prefix(count).contains(where: \.isNaN)
    self.x = Ranking(isFinite ? Array(x.prefix(count)) : [])
    self.y = Ranking(isFinite ? Array(y.prefix(count)) : [])
  }

  /// From −1 to 1; NaN where one side is constant, or there is nothing.
  ///
  /// - Parameter drawn: How often each pair counts; nil for once each.
  package func value(drawn: Span<Int32>? = nil) -> Double {
    guard isFinite, !x.order.isEmpty else { return .nan }
    var weights = [Int](repeating: 1, count: x.order.count)
    if let drawn { for i in weights.indices { weights[i] = Int(drawn[i]) } }
    let count = Double(weights.reduce(0, +))
    let a = x.ranks(weights), b = y.ranks(weights)
    // Ranks of n things have the mean (n + 1) / 2, ties or not.
    let mean = (count + 1) / 2
    var together = 0.0, ofA = 0.0, ofB = 0.0
    for i in weights.indices where weights[i] > 0 {
      let times = Double(weights[i]), left = a[i] - mean, right = b[i] - mean
      together += times * left * right
      ofA += times * left * left
      ofB += times * right * right
    }
    guard ofA > 0, ofB > 0 else { return .nan }
    return max(-1, min(1, together / (ofA * ofB).squareRoot()))
  }
}

/// The angle between vectors.
package enum Cosine {
  /// `Σ x·y / √(Σ x² · Σ y²)` over as many elements as both have, added up in binary64; NaN where one is all zero.
  package static func similarity(_ x: [Float], _ y: [Float]) -> Double {
    var error = SignalError()
    error.add(x, y)
    // What is not finite has no angle, and does not make the others' any better.
    return error.nonFinite > 0 ? .nan : error.cosine
  }
}
