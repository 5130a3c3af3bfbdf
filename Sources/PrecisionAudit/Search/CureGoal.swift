/// What a mixed network must keep to.
package struct CureGoal: Sendable, Hashable {
  /// The largest share of decisions that may differ from float32's; nil for any.
  package var mostFlips: Double?
  /// The least SQNR of the outputs in dB; nil for any.
  package var leastDecibels: Double?
  /// The largest loss of accuracy, as a share of the labelled samples; nil for any.
  package var mostDrop: Double?

  package init(mostFlips: Double? = nil, leastDecibels: Double? = nil, mostDrop: Double? = nil) {
    self.mostFlips = mostFlips
    self.leastDecibels = leastDecibels
    self.mostDrop = mostDrop
  }

  /// What is asked for where the user asks for nothing: at most one decision in two hundred flips, and where there are no
  /// decisions the error stays 20 dB below the signal.
  package static func standard(hasDecisions: Bool) -> CureGoal {
    hasDecisions ? CureGoal(mostFlips: 0.005) : CureGoal(leastDecibels: 20)
  }

  /// No output may break, whatever else is asked for.
  package func isMet(by trial: MixedTrial) -> Bool {
    guard trial.totals.broken == 0 else { return false }
    if let mostFlips, trial.totals.flipShare > mostFlips { return false }
    if let leastDecibels, !(trial.totals.error.decibels >= leastDecibels) { return false }
    if let mostDrop, let drop = trial.drop, drop > mostDrop { return false }
    return true
  }
}

/// What a mixed network was measured to do.
package struct MixedTrial: Sendable, Hashable, Codable {
  package var totals: EffectTotals
  /// The loss of accuracy against float32, as a share of the labelled samples; nil without labels.
  package var drop: Double?

  package init(_ totals: EffectTotals, drop: Double? = nil) {
    self.totals = totals
    self.drop = drop
  }
}
