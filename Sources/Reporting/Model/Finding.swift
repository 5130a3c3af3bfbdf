/// Something that the reader should know or do, with what it rests on.
package struct Finding: Sendable, Equatable {
  /// In the order of urgency.
  package enum Severity: String, Sendable, CaseIterable, Comparable {
    case error, warning, info

    package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }

    private var rank: Int {
      switch self {
      case .error: 0
      case .warning: 1
      case .info: 2
      }
    }
  }

  package var severity: Severity
  /// Names the kind of finding for filters and for `--fail-on`, such as `dead-tensor`.
  package var code: String
  /// The tensors, nodes or samples concerned, in the network's or the manifest's order; empty for the whole run.
  package var places: [String]
  /// What is the matter, as a sentence without a full stop.
  package var what: String
  /// The figures that it rests on; may be empty.
  package var evidence: String
  /// What to do; may be empty.
  package var cure: String

  package init(_ severity: Severity, _ code: String, at places: [String], what: String, evidence: String, cure: String)
  {
    self.severity = severity
    self.code = code
    self.places = places
    self.what = what
    self.evidence = evidence
    self.cure = cure
  }
}
