import Foundation

/// Exact probabilities of counts.
package enum Binomial {
  /// The natural logarithm of `count` over `chosen`; -∞ where nothing can be so chosen.
  package static func logChoose(_ count: Int, _ chosen: Int) -> Double {
    guard chosen >= 0, chosen <= count else { return -.infinity }
    return lgamma(Double(count) + 1) - lgamma(Double(chosen) + 1) - lgamma(Double(count - chosen) + 1)
  }

  /// The probability of exactly `successes` among `trials` of probability `p` each, which must lie in 0...1.
  package static func probability(of successes: Int, among trials: Int, p: Double) -> Double {
    guard successes >= 0, successes <= trials else { return 0 }
    if p <= 0 { return successes == 0 ? 1 : 0 }
    if p >= 1 { return successes == trials ? 1 : 0 }
    let log = logChoose(trials, successes) + Double(successes) * Foundation.log(p)
    return exp(log + Double(trials - successes) * log1p(-p))
  }

  /// The probability of `successes` or more: the one-sided p-value of the exact binomial test.
  package static func upperTail(_ successes: Int, among trials: Int, p: Double) -> Double {
    if successes <= 0 { return 1 }
    if successes > trials { return 0 }
    var total = 0.0
    // The smallest terms first, so that rounding does not eat them.
    for count in stride(from: trials, through: successes, by: -1) {
      total += probability(of: count, among: trials, p: p)
    }
    return min(1, total)
  }

  /// The probability of drawing `marked` or more of the `allMarked` marked ones, when `drawn` of `all` are drawn
  /// without putting back: the one-sided p-value of Fisher's exact test.
  package static func hypergeometricTail(marked: Int, drawn: Int, allMarked: Int, all: Int) -> Double {
    let most = min(drawn, allMarked)
    let least = max(0, drawn + allMarked - all)
    if marked <= least { return 1 }
    if marked > most { return 0 }
    let whole = logChoose(all, drawn)
    var total = 0.0
    for count in stride(from: most, through: marked, by: -1) {
      total += exp(logChoose(allMarked, count) + logChoose(all - allMarked, drawn - count) - whole)
    }
    return min(1, total)
  }
}
