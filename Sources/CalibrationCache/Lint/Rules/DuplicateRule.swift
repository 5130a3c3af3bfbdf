/// Whether a tensor stands more than once in the file.
package enum DuplicateRule: LintRule {
  package static let name = "duplicate"
  package static let summary = "every tensor stands once in the file"

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    var first: [String: UInt32] = [:]
    var equal: [String] = [], different: [String] = []
    for entry in subject.document.entries {
      guard let bits = first.updateValue(first[entry.name] ?? entry.scaleBits, forKey: entry.name) else { continue }
      if bits == entry.scaleBits { equal.append(entry.name) } else { different.append(entry.name) }
    }
    var findings: [LintFinding] = []
    if let name = different.first {
      findings.append(
        finding(
          .error, "'\(name)': expected one scale, found several that differ; readers choose differently: keep one",
          different))
    }
    if let name = equal.first {
      findings.append(finding(.warning, "'\(name)': expected one scale, found it repeated; delete the others", equal))
    }
    return findings
  }
}
