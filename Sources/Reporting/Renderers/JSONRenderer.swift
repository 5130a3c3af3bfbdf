/// The machine-readable form of a report, described by `Schemas/report-1.schema.json`.
package enum JSONRenderer {
  /// Figures stand in full. `timing` is the only member in which two runs on the same input may differ.
  package static func render(_ document: ReportDocument) -> String {
    var members: [(String, JSONValue)] = [
      ("format", .string("qtool-report")),
      ("formatVersion", .integer(ReportDocument.formatVersion)),
      ("kind", .string(document.kind)),
      ("toolVersion", .string(document.toolVersion)),
      ("title", .string(document.title)),
      (
        "verdict",
        .object([
          ("status", .string(document.verdict.status.rawValue)), ("text", .string(document.verdict.text)),
        ])
      ),
      ("facts", .array(document.facts.map(json))),
      ("sections", .array(document.sections.map(json))),
    ]
    if let seconds = document.seconds {
      let memory = document.peakMemory.map { [("peakMemoryBytes", JSONValue.double(Double($0)))] } ?? []
      members.append(("timing", .object([("seconds", .double(seconds))] + memory)))
    }
    return JSONValue.object(members).text
  }

  private static func json(_ fact: Fact) -> JSONValue {
    .object([("key", .string(fact.key)), ("label", .string(fact.label)), ("value", .string(fact.value))])
  }

  private static func json(_ section: any ReportSection) -> JSONValue {
    let head: [JSONValue.Member] = [
      .init("kind", .string(type(of: section).kind)),
      .init("id", .string(section.id)),
      .init("title", .string(section.title)),
    ]
    return .members(head + section.json)
  }
}
