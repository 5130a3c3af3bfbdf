import TensorCore

/// An interval that holds a figure with a given confidence.
package struct ConfidenceInterval: Sendable, Hashable {
  package let lower: Double
  package let upper: Double

  package init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}

/// The percentile bootstrap (Efron 1979): how a figure varies when the samples are drawn anew, with putting back.
///
/// The same seed gives the same interval.
package struct Bootstrap: Sendable {
  package var resamples: Int
  package var seed: UInt64
  /// The share of resamples inside the interval.
  package var level: Double

  package init(resamples: Int = 2000, seed: UInt64 = 1, level: Double = 0.95) {
    self.resamples = max(1, resamples)
    self.seed = seed
    self.level = level
  }

  /// The interval of a figure of `count` samples.
  ///
  /// - Parameter figure: Is given how often each sample was drawn. Draws for which it answers NaN are left out.
  /// - Returns: Nil where there is no sample, or every draw gave NaN.
  package func interval(count: Int, _ figure: (Span<Int32>) -> Double) -> ConfidenceInterval? {
    intervals(count: count, resamples: [resamples]) { _, drawn, results in results.append(figure(drawn)) }[0].first
      ?? nil
  }

  /// The intervals of several groups of figures, all from the same draws: drawing is most of the work.
  ///
  /// - Parameters:
  ///   - resamples: How many draws each group is given: the first ones, so that a group's intervals do not depend on
  ///     the others.
  ///   - figures: Appends a group's figures, always as many, for one draw. NaN is left out.
  /// - Returns: By group and figure; nil where every draw gave NaN. A group is empty where there is no sample.
  package func intervals(
    count: Int, resamples: [Int], _ figures: (_ group: Int, Span<Int32>, inout [Double]) -> Void
  ) -> [[ConfidenceInterval?]] {
    guard count > 0 else { return resamples.map { _ in [] } }
    var generator = SplitMix64(seed: seed)
    var drawn = [Int32](repeating: 0, count: count)
    var found: [[[Double]]] = resamples.map { _ in [] }
    for draw in 0..<(resamples.max() ?? 0) {
      for i in drawn.indices { drawn[i] = 0 }
      for _ in 0..<count { drawn[generator.place(below: count)] += 1 }
      for group in resamples.indices where draw < resamples[group] {
        var results: [Double] = []
        figures(group, drawn.span, &results)
        if found[group].isEmpty { found[group] = results.map { _ in [] } }
        for (place, value) in results.enumerated() where !value.isNaN { found[group][place].append(value) }
      }
    }
    return found.map { $0.map(bounds) }
  }

  private func bounds(_ figures: [Double]) -> ConfidenceInterval? {
    guard !figures.isEmpty else { return nil }
    let sorted = figures.sorted()
    let tail = (1 - level) / 2
    return ConfidenceInterval(lower: Self.quantile(tail, of: sorted), upper: Self.quantile(1 - tail, of: sorted))
  }

  /// The interval of the mean of `values`.
  package func interval(ofMean values: [Double]) -> ConfidenceInterval? {
    interval(count: values.count) { drawn in
      var total = 0.0
      for i in drawn.indices { total += Double(drawn[i]) * values[i] }
      return total / Double(values.count)
    }
  }

  /// Interpolated between the neighbours in `sorted`, which must not be empty.
  static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = max(0, min(Int(place), sorted.count - 1))
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
  }
}
