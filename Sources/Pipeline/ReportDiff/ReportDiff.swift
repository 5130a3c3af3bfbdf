import CalibrationCache
import Foundation
import Reporting
import TensorCore

/// What changed between two reports of one kind: `qtool report A.json B.json`.
package struct ReportDiff: Sendable {
  private let document: ReportDocument
  private let sources: [String]

  /// - Throws: ``PipelineError`` for files that are no reports, or of different kinds.
  package init(_ before: String, _ after: String) throws(PipelineError) {
    sources = [before, after]
    let old = try StoredReport(path: before)
    let new = try StoredReport(path: after)
    guard old.kind == new.kind else {
      throw PipelineError(
        .badData,
        "\(after): expected a report of the kind '\(old.kind)' as \(before) is, found '\(new.kind)'; compare like with like"
      )
    }
    document = Self.document(old, new)
  }

  /// At most twelve lines.
  package var text: String { TerminalRenderer.render(document) }
  package var json: String { JSONRenderer.render(document) }
  package var markdown: String { MarkdownRenderer.render(document) }

  /// Writes the page.
  package func writePage(to path: String) throws(PipelineError) {
    try OutputCheck.check([path], besides: sources)
    do {
      try AtomicFile.write(try HTMLRenderer.render(document), to: path)
    } catch {
      throw PipelineError(error)
    }
  }

  private static func document(_ old: StoredReport, _ new: StoredReport) -> ReportDocument {
    var numbers: [KeyNumbersSection.Number] = []
    var sections: [any ReportSection] = []
    var changes = 0
    for table in new.tables {
      guard let other = old.tables.first(where: { $0.id == table.id }) else { continue }
      let rows = changedCells(other, table)
      changes += rows.count
      guard !rows.isEmpty else { continue }
      if table.id == "precisions" { numbers = rows.prefix(6).map(number) }
      sections.append(
        TableSection(
          id: "changed-\(table.id)", title: table.title,
          columns: [
            TableColumn("row", "Row", isNumeric: false), TableColumn("figure", "Figure", isNumeric: false),
            TableColumn("before", "Before"), TableColumn("after", "After"), TableColumn("change", "Change"),
          ],
          rows: rows.map { [.text($0.row), .text($0.figure), cell($0.before), cell($0.after), change($0)] }))
    }
    let facts = factChanges(old, new)
    let verdict: Verdict
    if old.verdict.status != "failed", new.verdict.status == "failed" {
      verdict = Verdict(.failed, "Was \(old.verdict.status), fails now: \(new.verdict.text)")
    } else {
      verdict = Verdict(
        changes + facts.count == 0 ? .ok : .warning,
        changes + facts.count == 0
          ? "Nothing changed."
          : "\(NumberFormat.counted(changes, "figure")) and "
            + "\(NumberFormat.counted(facts.count, "circumstance")) changed.")
    }
    let head = FindingsSection(
      facts.map {
        Finding(
          .info, "circumstance", at: [], what: "\($0.label) changed", evidence: "from \($0.before) to \($0.after)",
          cure: "")
      })
    return ReportDocument(
      kind: "difference", toolVersion: toolVersion, title: "\(new.title): what changed",
      subtitle: "\((old.path as NSString).lastPathComponent) against \((new.path as NSString).lastPathComponent)",
      verdict: verdict,
      facts: [
        Fact("before", "Before", (old.path as NSString).lastPathComponent),
        Fact("after", "After", (new.path as NSString).lastPathComponent),
        Fact("verdictBefore", "Verdict before", old.verdict.text),
        Fact("verdictAfter", "Verdict now", new.verdict.text),
      ], sections: [KeyNumbersSection(numbers), head] + sections)
  }

  private struct Change {
    let row: String
    let figure: String
    let before: JSON?
    let after: JSON?
  }

  /// Rows are matched by their first column, of rows of one name the first with the first.
  private static func changedCells(_ old: StoredReport.Table, _ new: StoredReport.Table) -> [Change] {
    guard let key = new.columns.first?.key else { return [] }
    var changes: [Change] = []
    var unmatched = old.rows
    for row in new.rows {
      let name = words(row[key])
      guard let place = unmatched.firstIndex(where: { words($0[key]) == name }) else {
        changes.append(Change(row: name, figure: "row", before: nil, after: .string("new")))
        continue
      }
      let other = unmatched.remove(at: place)
      for column in new.columns.dropFirst() where row[column.key] != other[column.key] {
        changes.append(
          Change(row: name, figure: column.label, before: other[column.key], after: row[column.key]))
      }
    }
    for row in unmatched {
      changes.append(Change(row: words(row[key]), figure: "row", before: .string("there"), after: .string("gone")))
    }
    return changes
  }

  private static func factChanges(
    _ old: StoredReport, _ new: StoredReport
  ) -> [(label: String, before: String, after: String)] {
    new.facts.compactMap { fact in
      let before = old.facts.first { $0.key == fact.key }?.value ?? "nothing"
      return before == fact.value ? nil : (fact.label, before, fact.value)
    }
  }

  private static func number(_ change: Change) -> KeyNumbersSection.Number {
    .init(
      "\(change.row)-\(change.figure)", "\(change.row) \(change.figure)", shown(change.after),
      note: "was \(shown(change.before))")
  }

  private static func shown(_ value: JSON?) -> String {
    if case .number(let text)? = value, let number = Double(text) { return NumberFormat.number(number) }
    return words(value)
  }

  private static func words(_ value: JSON?) -> String {
    switch value {
    case .string(let text): text
    case .number(let text): text
    case .bool(let flag): flag ? "yes" : "no"
    default: "–"
    }
  }

  private static func cell(_ value: JSON?) -> TableCell {
    if case .number(let text)? = value, let number = Double(text) { return .number(Float(number)) }
    return .text(words(value))
  }

  private static func change(_ change: Change) -> TableCell {
    guard case .number(let a)? = change.before, case .number(let b)? = change.after, let before = Double(a),
      let after = Double(b)
    else { return .missing }
    return .number(Float(after - before))
  }
}
