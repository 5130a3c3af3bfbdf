import Foundation

/// Distances between distributions.
package enum Divergence {
  /// `Σ p · ln(p / q)` in nats, over as many places as both have. A place that `q` leaves out counts as 1e-30, so that
  /// the result stays finite.
  package static func kullbackLeibler(_ p: [Double], _ q: [Double]) -> Double {
    var total = 0.0
    for i in 0..<min(p.count, q.count) where p[i] > 0 { total += p[i] * log(p[i] / max(q[i], 1e-30)) }
    // Rounding may leave the sum of equal distributions just below 0.
    return max(0, total)
  }
}
