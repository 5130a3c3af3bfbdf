import Foundation

/// McNemar's exact test: did a change cost more right decisions than it won, beyond chance?
///
/// Samples on which both are right, or both wrong, say nothing; under the hypothesis of no difference each of the
/// others is a fair coin (McNemar 1947, in its exact binomial form).
package struct McNemar: Sendable, Hashable {
  /// Samples that were right before and are wrong now.
  package let lost: Int
  /// Samples that were wrong before and are right now.
  package let won: Int

  package init(lost: Int, won: Int) {
    self.lost = lost
    self.won = won
  }

  /// - Parameters: Whether each sample is right, in the same order.
  package init(before: [Bool], after: [Bool]) {
    var lost = 0
    var won = 0
    for (old, new) in zip(before, after) where old != new {
      if old { lost += 1 } else { won += 1 }
    }
    self.init(lost: lost, won: won)
  }

  /// The two-sided p-value; 1 where no sample changed.
  package var p: Double {
    let count = lost + won
    return min(1, 2 * Binomial.upperTail(max(lost, won), among: count, p: 0.5))
  }

  /// The p-value against the alternative that more is lost than won.
  package var pOfLoss: Double { Binomial.upperTail(lost, among: lost + won, p: 0.5) }
}

/// What a set of samples can and cannot show.
package enum Detectability {
  /// The smallest true drop of the share of right decisions that McNemar's two-sided exact test finds on `count`
  /// samples with probability `power`.
  ///
  /// - Parameters:
  ///   - won: How many samples were observed to turn right: chance changes in that direction hide losses. Half a sample
  ///     is added, for none observed does not mean that there are none.
  ///   - level: The p-value below which a drop counts as found.
  /// - Returns: A share in 0...1; 1 where even losing every sample would not be found.
  package static func smallestDrop(count: Int, won: Int, level: Double = 0.05, power: Double = 0.8) -> Double {
    guard count > 0 else { return 1 }
    let gain = min(0.49, (Double(won) + 0.5) / Double(count + 1))
    let most = 1 - 2 * gain
    guard chance(of: most, gain: gain, count: count, level: level) >= power else { return 1 }
    var below = 0.0
    var above = most
    while above - below > 1e-5 {
      let middle = (below + above) / 2
      if chance(of: middle, gain: gain, count: count, level: level) >= power { above = middle } else { below = middle }
    }
    return above
  }

  /// The probability that a true drop is found where a share `gain` of the samples turns right.
  static func chance(of drop: Double, gain: Double, count: Int, level: Double) -> Double {
    let discordant = min(1, drop + 2 * gain)
    guard discordant > 0 else { return 0 }
    let loss = (drop + gain) / discordant
    let mean = Double(count) * discordant
    // Eight standard deviations hold all but 1e-15.
    let spread = 8 * (mean * (1 - discordant)).squareRoot() + 8
    let from = max(0, Int(mean - spread))
    let to = min(count, Int(mean + spread))
    guard from <= to else { return 0 }
    var total = 0.0
    // Of the losses among the changed samples, by chance and under the drop: from so many on the test finds one.
    var byChance = MovingTail(from / 2, among: from, p: 0.5), byDrop = MovingTail(from / 2, among: from, p: loss)
    for changed in from...to {
      if changed > from {
        byChance.addTrial()
        byDrop.addTrial()
      }
      // More changed samples never ask for fewer losses.
      while byChance.successes <= changed, 2 * byChance.probability > level {
        byChance.addSuccess()
        byDrop.addSuccess()
      }
      guard byChance.successes <= changed else { continue }
      total += Binomial.probability(of: changed, among: count, p: discordant) * byDrop.probability
    }
    return total
  }

  /// ``Binomial/upperTail(_:among:p:)``, moved on by one trial or one success at a time: for a term, not for a sum of
  /// them. Right to some 1e-13, absolutely.
  private struct MovingTail {
    let p: Double
    private(set) var successes: Int
    private var trials: Int
    private(set) var probability: Double

    init(_ successes: Int, among trials: Int, p: Double) {
      self.p = p
      self.successes = successes
      self.trials = trials
      probability = Binomial.upperTail(successes, among: trials, p: p)
    }

    mutating func addTrial() {
      probability += p * Binomial.probability(of: successes - 1, among: trials, p: p)
      trials += 1
    }

    mutating func addSuccess() {
      probability -= Binomial.probability(of: successes, among: trials, p: p)
      successes += 1
    }
  }
}
