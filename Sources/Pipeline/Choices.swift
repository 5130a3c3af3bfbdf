import Calibration
package import CalibrationCache
import Quantization

/// What a flag can be given, with a line of help for each: commands know of the modules below only through this.
package enum Choices {
  package struct Choice: Sendable {
    package let name: String
    package let summary: String
  }

  /// `--method`.
  package static let methods = RangeMethod.all.map { Choice(name: $0.name, summary: $0.summary) }

  /// The method where neither a flag nor a recipe names one.
  package static let standardMethod = RangeMethod.standard

  /// `--format` of caches.
  package static let cacheFormats = CacheFormats.all.map { Choice(name: $0.name, summary: $0.summary) }

  /// What INT8 is taken to compute.
  package static let arithmetics = IntegerArithmetic.allCases.map { Choice(name: $0.rawValue, summary: "") }

  /// `--target`.
  package static let targets = Target.allCases.map { Choice(name: $0.rawValue, summary: "") }

  /// What `cache lint` checks.
  package static let lintRules = CacheLint.rules.map { Choice(name: $0.name, summary: $0.summary) }

  /// How grave a finding of `cache lint` is.
  package typealias Severity = LintFinding.Severity

  /// What each severity is called, the gravest first.
  package static let severities = Severity.allCases.sorted(by: >).map(\.name)

  /// The severity called `name`; nil where there is none.
  package static func severity(named name: String) -> Severity? { Severity(name: name) }
}

extension [Choices.Choice] {
  /// The names, separated by commas.
  package var names: String { map(\.name).joined(separator: ", ") }
}
