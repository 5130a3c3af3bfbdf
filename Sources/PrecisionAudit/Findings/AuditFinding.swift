/// Something that a 16-bit format does to the network, where, and what helps.
package struct AuditFinding: Sendable, Hashable {
  package enum Severity: Int, Sendable, Comparable, CaseIterable {
    case error, warning, info

    package static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
  }

  /// What is the matter. The raw value is what `--fail-on` names.
  package enum Kind: String, Sendable, CaseIterable {
    /// Results exceed the format's largest number.
    case overflow
    /// Results of one channel do, whose values are far larger than those of the others.
    case hotChannel = "hot-channel"
    /// A step inside the operator does, or divides by what became zero.
    case innerOverflow = "inner-overflow"
    case weightsOverflow = "weights-overflow"
    case weightsVanish = "weights-vanish"
    case weightsSubnormal = "weights-subnormal"
    /// A large negative constant that blots out scores.
    case mask
    case vanishingEpsilon = "vanishing-epsilon"
    case largeIntegers = "large-integers"
    /// Results that were not zero become zero.
    case underflow
    case precisionLoss = "precision-loss"
    /// Sums that can pass the format's largest number.
    case reductionRange = "reduction-range"
    /// A risk, not a prediction: how units add differs.
    case longSum = "long-sum"
    /// The layer alone changes decisions or breaks the outputs.
    case sensitive
    /// The layer alone changes decisions though its error is small: their margins are below what the format resolves.
    case thinMargin = "thin-margin"
    case flips
    case brokenOutput = "broken-output"
    /// A detector's boxes appear or disappear.
    case detections
    /// Layers that casts do not cure at a bearable price.
    case retrain
    case slice
  }

  package var severity: Severity
  package var kind: Kind
  /// Names of the nodes concerned, the first the one to blame; empty for the whole network.
  package var nodes: [String]
  package var tensor: String?
  /// A sentence without a full stop.
  package var what: String
  package var evidence: String
  package var cure: String
  /// A change of the network that cures it without float32, where there is one.
  package var edit: ModelCure?

  package init(
    _ severity: Severity, _ kind: Kind, at nodes: [String], tensor: String? = nil, what: String, evidence: String,
    cure: String, edit: ModelCure? = nil
  ) {
    self.severity = severity
    self.kind = kind
    self.nodes = nodes
    self.tensor = tensor
    self.what = what
    self.evidence = evidence
    self.cure = cure
    self.edit = edit
  }
}
