/// Something that a rule found in a cache.
package struct LintFinding: Sendable, Hashable {
  package enum Severity: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Good to know.
    case info
    /// Probably not what was wanted.
    case warning
    /// An engine built with it will be wrong, or not be built.
    case error

    package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }

    package var name: String {
      switch self {
      case .info: "info"
      case .warning: "warning"
      case .error: "error"
      }
    }

    package init?(name: String) {
      guard let severity = Severity.allCases.first(where: { $0.name == name }) else { return nil }
      self = severity
    }
  }

  package let rule: String
  package let severity: Severity
  /// *What was expected, what was found; what to do*, in one line.
  package let message: String
  /// The tensors that it is about, in file order; empty where it is about the file.
  package let tensors: [String]

  package init(_ rule: String, _ severity: Severity, _ message: String, tensors: [String] = []) {
    self.rule = rule
    self.severity = severity
    self.message = message
    self.tensors = tensors
  }
}
