package import CalibrationCache
import Reporting

/// What `qtool cache lint` prints: what is wrong with a cache, and what its numbers tell.
package struct CacheCheck: Encodable, Sendable {
  package struct Entry: Encodable, Sendable {
    let rule: String
    let severity: String
    let message: String
    let tensors: [String]
  }

  package let file: String
  package let format: String
  package let header: String?
  package let tensorCount: Int
  package let findings: [Entry]
  private let title: String
  private let severities: [LintFinding.Severity]

  private enum CodingKeys: String, CodingKey {
    case file, format, header, tensorCount, findings
  }

  /// - Parameter model: The network's file; nil to check the cache alone.
  package init(_ cache: LoadedCache, model: String? = nil) throws(PipelineError) {
    let tensors = try model.map { path throws(PipelineError) in try ModelTensors.read(path) }
    let findings = CacheLint.check(LintSubject(cache.document, format: cache.format, model: tensors))
    file = cache.path
    format = cache.format.name
    header = cache.document.header?.text
    tensorCount = cache.document.entries.count
    title = cache.title
    severities = findings.map(\.severity)
    self.findings = findings.map {
      Entry(rule: $0.rule, severity: $0.severity.name, message: $0.message, tensors: $0.tensors)
    }
  }

  /// Whether something of this severity or a higher one was found.
  package func hasFindings(from severity: LintFinding.Severity) -> Bool { severities.contains { $0 >= severity } }

  /// For a terminal.
  ///
  /// - Parameter listsTensors: Whether every tensor that a finding is about is listed below it.
  package func text(listsTensors: Bool = false) -> String {
    var lines = [title]
    for finding in findings {
      let severity = finding.severity.padding(to: 7)
      lines.append("\(severity)  \(PlainText.terminal(finding.message))  [\(finding.rule)]")
      if listsTensors { lines += finding.tensors.map { "         \(PlainText.terminal($0))" } }
    }
    let counts = LintFinding.Severity.allCases.reversed().map { severity in
      let count = severities.count { $0 == severity }
      return severity == .info ? "\(count) info" : LoadedCache.count(count, severity.name)
    }
    return (lines + [counts.joined(separator: ", ")]).joined(separator: "\n")
  }

  /// The same as JSON.
  package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
}

extension String {
  /// Followed by spaces up to `width` characters.
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}
