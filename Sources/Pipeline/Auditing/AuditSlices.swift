import Evaluation
import PrecisionAudit

/// Whether some kind of sample suffers more than the rest.
enum AuditSlices {
  /// The slices of every column, those whose damage is least likely chance first: by decisions where any flipped or any
  /// box changed, else by the share of the signal that the error is.
  static func entries(_ samples: [AuditOutcome.SampleEntry]) -> [AuditOutcome.SliceEntry] {
    let breakdown = SliceBreakdown(samples.map(\.slices))
    guard !breakdown.groups.isEmpty else { return [] }
    let flips = samples.map { $0.changesDecision || $0.effect.isBroken ? 1.0 : 0.0 }
    let isOfDecisions = flips.contains(1)
    let losses = isOfDecisions ? flips : samples.map { amplitude($0.effect.error.decibels) }
    return breakdown.findings(losses: losses).map { finding in
      AuditOutcome.SliceEntry(
        column: finding.group.column, value: finding.group.value, count: finding.group.members.count,
        flips: finding.group.members.count { samples[$0].changesDecision }, mean: finding.mean, rest: finding.rest,
        p: finding.p, isOfDecisions: isOfDecisions)
    }
  }

  /// The error's amplitude over the signal's; 0 where there is none.
  private static func amplitude(_ decibels: Double) -> Double {
    guard decibels.isFinite else { return decibels == -.infinity ? 1 : 0 }
    return Power.of10(-decibels / 20)
  }
}
