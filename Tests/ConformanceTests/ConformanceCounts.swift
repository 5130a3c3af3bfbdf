/// How many cases of each suite pass.
struct ConformanceCounts {
  private struct Row {
    let name: String
    var passed = 0
    var total = 0
  }
  private var rows: [Row]

  init(_ cases: [ConformanceCase], _ results: [String: CaseResult]) {
    rows = []
    for suite in ConformanceSuite.names {
      let own = cases.filter { $0.name.hasPrefix(suite + "/") }
      for isExpanded in suite == "node" ? [false, true] : [false] {
        let part = own.filter { $0.isExpanded == isExpanded || suite != "node" }
        let passed = part.filter { results[$0.name].map { $0.failure == nil } ?? false }
        let name = suite == "node" ? (isExpanded ? "node, expanded into functions" : "node, plain") : suite
        rows.append(Row(name: name, passed: passed.count, total: part.count))
      }
    }
  }

  /// A Markdown table.
  var table: String {
    (["| suite | pass | of |", "|---|---:|---:|"] + rows.map { "| \($0.name) | \($0.passed) | \($0.total) |" })
      .joined(separator: "\n")
  }
}
