/// What the reader should know or do, the most urgent first.
package struct FindingsSection: ReportSection {
  package static let kind = "findings"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.findings_mustache) }
  package let id = "findings"
  package let title = "Findings"
  /// By severity; within one in the order they were given.
  package let findings: [Finding]
  /// Places with a part of the page of their own, and its anchor.
  private let anchors: [String: String]
  /// How many places are named before the rest is folded or counted.
  private static let mostPlaces = 4

  package init(_ findings: [Finding], anchors: [String: String] = [:]) {
    let ranked = findings.enumerated().sorted { a, b in
      (a.element.severity, a.offset) < (b.element.severity, b.offset)
    }
    self.findings = ranked.map(\.element)
    self.anchors = anchors
  }

  package var json: [JSONValue.Member] {
    let values = findings.map { finding -> JSONValue in
      .object([
        ("severity", .string(finding.severity.rawValue)), ("code", .string(finding.code)),
        ("places", .strings(finding.places)), ("what", .string(finding.what)),
        ("evidence", .string(finding.evidence)), ("cure", .string(finding.cure)),
      ])
    }
    return [.init("findings", .array(values))]
  }

  package var view: [String: Any] {
    let items = findings.map { finding -> [String: Any] in
      let places = finding.places.map { ["name": $0, "anchor": anchors[$0] as Any? ?? false] }
      let rest = places.count - Self.mostPlaces
      return [
        "severity": finding.severity.rawValue,
        "what": finding.what,
        "evidence": finding.evidence.isEmpty ? false : finding.evidence as Any,
        "cure": finding.cure.isEmpty ? false : finding.cure as Any,
        "places": rest > 1 ? Array(places.prefix(Self.mostPlaces)) : places,
        "more": rest > 1 ? ["label": "\(rest) more", "rest": Array(places.dropFirst(Self.mostPlaces))] : false as Any,
      ]
    }
    return ["none": findings.isEmpty, "findings": items]
  }

  package var markdown: String? {
    guard !findings.isEmpty else { return "Nothing to report." }
    return findings.map { finding in
      var text = "- **\(finding.severity.rawValue)**"
      let places = shownPlaces(finding) { PlainText.markdownCode($0) }
      if !places.isEmpty { text += " \(places)" }
      text += ": \(PlainText.markdown(finding.what))."
      if !finding.evidence.isEmpty { text += " \(PlainText.markdown(finding.evidence))." }
      if !finding.cure.isEmpty { text += " _\(PlainText.markdown(finding.cure))._" }
      return text
    }.joined(separator: "\n")
  }

  package var terminal: [TerminalLine] {
    findings.map { finding in
      let places = shownPlaces(finding) { PlainText.shortened($0, to: 30) }
      return TerminalLine(finding.severity.rawValue, places.isEmpty ? finding.what : "\(finding.what): \(places)")
    }
  }

  private func shownPlaces(_ finding: Finding, as form: (String) -> String) -> String {
    let shown = finding.places.prefix(Self.mostPlaces).map(form).joined(separator: ", ")
    let rest = finding.places.count - Self.mostPlaces
    return rest > 0 ? "\(shown) and \(rest) more" : shown
  }
}
