/// A table whose columns have names, so that programs can read it too.
package struct TableSection: ReportSection {
  package static let kind = "table"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.table_mustache) }
  package let id: String
  package let title: String
  package let columns: [TableColumn]
  /// As many cells in each as there are columns.
  package let rows: [[TableCell]]
  /// How many rows Markdown shows before it counts the rest.
  private static let mostMarkdownRows = 25

  package init(id: String, title: String, columns: [TableColumn], rows: [[TableCell]]) {
    self.id = id
    self.title = title
    self.columns = columns
    self.rows = rows.map { Array($0.prefix(columns.count)) }
  }

  package var json: [JSONValue.Member] {
    let table = rows.map { row in
      JSONValue.members(
        zip(columns, row).compactMap { column, cell in cell.json.map { JSONValue.Member(column.key, $0) } })
    }
    let head = columns.filter { $0.visibility != .page }.map { column -> JSONValue in
      .object([("key", .string(column.key)), ("label", .string(column.label))])
    }
    return [.init("columns", .array(head)), .init("rows", .array(table))]
  }

  package var view: [String: Any] {
    let shown = columns.indices.filter { columns[$0].visibility != .data }
    return [
      "tableID": "\(id)-table",
      "caption": title,
      "columns": shown.map { columns[$0].view },
      "rows": rows.map { row in
        ["cells": shown.filter { $0 < row.count }.map { row[$0].view(in: columns[$0]) }]
      },
    ]
  }

  package var markdown: String? {
    let shown = columns.indices.filter { columns[$0].visibility == .everywhere }
    let body = rows.prefix(Self.mostMarkdownRows).map { row in
      shown.map { $0 < row.count ? row[$0].markdown : "" }
    }
    let table = MarkdownRenderer.table(
      head: shown.map { PlainText.markdown(columns[$0].label) }, rightAligned: shown.map { columns[$0].isNumeric },
      rows: Array(body))
    let rest = rows.count - Self.mostMarkdownRows
    return rest > 0 ? table + "\n\n\(NumberFormat.counted(rest, "more row")) in the full report." : table
  }
}
