import PrecisionAudit

/// What `--fail-on` lists: kinds of findings, severities, and limits on flips and SQNR.
package struct AuditLimits: Sendable, Hashable {
  private enum Condition: Sendable, Hashable {
    case severity(AuditFinding.Severity)
    case kind(AuditFinding.Kind)
    case flips(above: Double)
    case decibels(below: Double)
  }

  private var conditions: [(text: String, condition: Condition)] = []

  package static func == (a: AuditLimits, b: AuditLimits) -> Bool {
    a.conditions.map(\.text) == b.conditions.map(\.text)
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(conditions.map(\.text)) }

  /// - Parameter text: Separated by commas, such as `overflow,flips>0.5%,sqnr<40`.
  /// - Throws: ``PipelineError`` that names the part that is none.
  package init(_ text: String) throws(PipelineError) {
    for part in text.split(separator: ",").map({ $0.filter { !$0.isWhitespace } }) {
      guard let condition = AuditLimits.condition(part) else {
        let kinds = AuditFinding.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw PipelineError(
          .usage,
          "--fail-on: expected error, warning, flips>SHARE, sqnr<DECIBELS or a kind of finding (\(kinds)), "
            + "found '\(part)'; correct it")
      }
      conditions.append((part, condition))
    }
  }

  private static func condition(_ text: String) -> Condition? {
    switch text {
    case "error": return .severity(.error)
    case "warning": return .severity(.warning)
    default: break
    }
    if let kind = AuditFinding.Kind(rawValue: text) { return .kind(kind) }
    if text.hasPrefix("flips>") { return share(String(text.dropFirst(6))).map { .flips(above: $0) } }
    if text.hasPrefix("sqnr<") {
      let number = text.dropFirst(5)
      return Double(number.hasSuffix("dB") ? number.dropLast(2) : number).flatMap {
        $0.isNaN ? nil : .decibels(below: $0)
      }
    }
    return nil
  }

  /// `0.5%` or `0.005`; nil for what is no share from 0 to 1.
  package static func share(_ text: String) -> Double? {
    let value = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
    return value.flatMap { (0...1).contains($0) ? $0 : nil }
  }

  /// What of the list holds: a line each.
  package func violations(_ outcome: AuditOutcome) -> [String] {
    conditions.compactMap { text, condition in
      switch condition {
      case .severity(let severity):
        let count = outcome.findings.count { $0.severity <= severity }
        return count > 0 ? "\(text): \(count) findings" : nil
      case .kind(let kind):
        let found = outcome.findings.first { $0.kind == kind && $0.severity < .info }
        return found.map { "\(text): \($0.nodes.first ?? $0.what)" }
      case .flips(let share):
        let found = outcome.totals.flipShare
        return found > share || outcome.totals.broken > 0 ? "\(text): found \(AuditWords.share(found))" : nil
      case .decibels(let least):
        let found = outcome.totals.error.decibels
        return found >= least ? nil : "\(text): found \(AuditWords.decibels(found))"
      }
    }
  }
}
