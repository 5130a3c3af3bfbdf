import PrecisionAudit

extension AuditOutcome {
  /// The ranks of the samples whose decision is another in 16 bits, ascending.
  package var flippedRanks: [Int] { samples.filter(\.effect.isFlip).map(\.rank).sorted() }
}
