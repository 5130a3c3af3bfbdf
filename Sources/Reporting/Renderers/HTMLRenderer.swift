import Mustache

/// The report as one HTML page that needs nothing but itself: style, script and charts stand within.
///
/// The script only adds comfort (sorting, filtering, unfolding); without it everything is there.
package enum HTMLRenderer {
  /// - Throws: `ReportError` where the program's own templates are damaged.
  package static func render(_ document: ReportDocument) throws(ReportError) -> String {
    var templates: [String: MustacheTemplate] = [:]
    for kind in sectionKinds { templates[kind.kind] = try kind.template.parsed() }
    templates["chart-histogram"] = try PageTemplate.histogram.parsed()
    templates["chart-line"] = try PageTemplate.line.parsed()
    let library = MustacheLibrary(templates: templates)
    let sections = document.sections.map { section -> [String: Any] in
      let body = library.render(section.view, withTemplate: type(of: section).kind) ?? ""
      return [
        "id": section.id, "kind": type(of: section).kind, "heading": section.title.isEmpty ? false : section.title,
        "body": body,
      ]
    }
    let page = try PageTemplate.page.parsed()
    return page.render([
      "title": document.title,
      "subtitle": document.subtitle,
      "toolVersion": document.toolVersion,
      "status": document.verdict.status.rawValue,
      "statusLabel": document.verdict.status.label,
      "verdict": document.verdict.text,
      "sections": sections,
      "facts": facts(document),
      "style": String(decoding: PackageResources.report_css, as: UTF8.self),
      "script": String(decoding: PackageResources.report_js, as: UTF8.self),
    ])
  }

  private static func facts(_ document: ReportDocument) -> [[String: Any]] {
    var facts = document.facts
    if let seconds = document.seconds {
      facts.append(Fact("seconds", "Duration", NumberFormat.duration(seconds: seconds)))
    }
    if let bytes = document.peakMemory {
      facts.append(Fact("peakMemory", "Peak memory", NumberFormat.memory(bytes: bytes)))
    }
    return facts.map { ["label": $0.label, "value": $0.value, "isCode": $0.isCode] }
  }
}
