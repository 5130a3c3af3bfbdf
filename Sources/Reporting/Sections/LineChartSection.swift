/// Line charts under one heading.
package struct LineChartSection: ReportSection {
  package static let kind = "lines"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.lines_mustache) }
  package let id: String
  package let title: String
  /// A sentence below the heading that says what to look for; may be empty.
  package let note: String
  package let charts: [LineChart]

  package init(id: String, title: String, note: String = "", charts: [LineChart]) {
    self.id = id
    self.title = title
    self.note = note
    self.charts = charts
  }

  package var json: [JSONValue.Member] {
    [.init("note", .string(note)), .init("charts", .array(charts.map(\.json)))]
  }

  package var view: [String: Any] {
    ["intro": note.isEmpty ? false : note as Any, "charts": charts.map(\.view)]
  }

  /// The ends of every series: the curves themselves need the page.
  package var markdown: String? {
    let rows = charts.flatMap { chart in
      chart.series.compactMap { series -> [String]? in
        let points = series.points.filter(chart.isDrawn)
        guard let first = points.first, let last = points.last, series.isJoined else { return nil }
        func words(_ point: LineChart.Point) -> String {
          "\(NumberFormat.number(point.y)) at \(NumberFormat.number(point.x))"
        }
        return [
          PlainText.markdown(chart.title), PlainText.markdownCode(series.name, inTable: true), words(first),
          words(last),
        ]
      }
    }
    guard !rows.isEmpty else { return note.isEmpty ? nil : PlainText.markdown(note) }
    let table = MarkdownRenderer.table(
      head: ["Chart", "Series", "First", "Last"], rightAligned: [false, false, true, true], rows: rows)
    return note.isEmpty ? table : PlainText.markdown(note) + "\n\n" + table
  }
}
