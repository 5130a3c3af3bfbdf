import Foundation

/// Where values stand along a side of a chart, and which of them are labelled.
struct ValueAxis: Equatable {
  let spacing: HistogramBars.Spacing
  let lower: Double
  let upper: Double

  /// An axis over `lower...upper`, a little wider where they coincide. A logarithmic one must begin above zero.
  init(_ spacing: HistogramBars.Spacing, from lower: Double, to upper: Double) {
    self.spacing = spacing
    switch spacing {
    case .linear:
      self.lower = lower
      self.upper = upper > lower ? upper : lower + max(lower.magnitude, 1)
    case .logarithmic:
      // Not below the normal numbers, so that logarithms and quotients stay exact.
      let lower = max(lower, .leastNormalMagnitude)
      self.lower = lower
      self.upper = upper > lower ? upper : lower * 10
    }
  }

  /// The place of `value` on the axis, from 0 at the lower end to 1 at the upper; values beyond stand at the ends, NaN
  /// at the lower one.
  func position(_ value: Double) -> Double {
    guard value > lower else { return 0 }
    guard value < upper else { return 1 }
    switch spacing {
    case .linear: return (value / 2 - lower / 2) / (upper / 2 - lower / 2)
    case .logarithmic: return (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
    }
  }

  /// Round values on the axis, at most `limit` and a few more.
  func ticks(about limit: Int) -> [Double] {
    switch spacing {
    case .linear: linearTicks(limit)
    case .logarithmic: logarithmicTicks(limit)
    }
  }

  private func linearTicks(_ limit: Int) -> [Double] {
    let rough = (upper / Double(limit)) - (lower / Double(limit))
    let power = pow(10, log10(rough).rounded(.down))
    guard power.isFinite, power > 0 else { return [lower, upper] }
    let step = ([1, 2, 5].first { $0 * power >= rough } ?? 10) * power
    let first = (lower / step).rounded(.up)
    return (0...limit).map { (first + Double($0)) * step }.filter { $0 <= upper * (upper > 0 ? 1.000_001 : 1) }
  }

  private func logarithmicTicks(_ limit: Int) -> [Double] {
    let span = log10(upper) - log10(lower)
    // Less than two decades: 1, 2 and 5 times the powers of ten.
    let factors: [Double] = span < 2 ? [1, 2, 5] : [1]
    let stride = max(1, Int((span / Double(limit)).rounded(.up)))
    let first = Int(log10(lower).rounded(.down))
    let last = Int(log10(upper).rounded(.up))
    var ticks: [Double] = []
    for exponent in first...last where exponent.isMultiple(of: stride) {
      for factor in factors {
        // `pow` is not exact for negative exponents, the decimal reader is.
        let value = Double("\(Int(factor))e\(exponent)") ?? 0
        if value >= lower * 0.999_999 && value <= upper * 1.000_001 { ticks.append(value) }
      }
    }
    return ticks
  }
}
