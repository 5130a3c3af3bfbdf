/// A rule about calibration caches: a pure function.
package protocol LintRule: Sendable {
  /// What findings and `--json` call it.
  static var name: String { get }
  /// One line for the help page.
  static var summary: String { get }

  static func check(_ subject: LintSubject) -> [LintFinding]
}

extension LintRule {
  static func finding(
    _ severity: LintFinding.Severity, _ message: String, _ tensors: [String] = []
  ) -> LintFinding {
    LintFinding(name, severity, message, tensors: tensors)
  }
}

/// The check of a cache for what would make an engine wrong, or a reader stumble.
package enum CacheLint {
  /// Every rule. A new one is added to this list and nowhere else.
  package static let rules: [any LintRule.Type] = [
    HeaderRule.self, UnitRule.self, ImpossibleScaleRule.self, BoundRule.self, HugeRangeRule.self, DuplicateRule.self,
    WritingRule.self, ReaderRule.self, CoverageRule.self, TieRule.self, MethodRule.self,
  ]

  /// Everything found, errors first, in the order of the rules.
  package static func check(_ subject: LintSubject) -> [LintFinding] {
    let findings = rules.flatMap { $0.check(subject) }
    return LintFinding.Severity.allCases.reversed().flatMap { severity in findings.filter { $0.severity == severity } }
  }
}
