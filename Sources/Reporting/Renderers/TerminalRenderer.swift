/// A line of the terminal's summary: a short label and what it says.
package struct TerminalLine: Sendable, Equatable {
  package var label: String
  package var text: String

  package init(_ label: String, _ text: String) {
    self.label = label
    self.text = text
  }
}

/// The report in at most twelve lines of plain text, none wider than ``mostColumns``.
package enum TerminalRenderer {
  package static let mostLines = 12
  package static let mostColumns = 100

  package static func render(_ document: ReportDocument) -> String {
    var lines = document.sections.flatMap(\.terminal)
    if let seconds = document.seconds {
      lines.append(TerminalLine("duration", NumberFormat.duration(seconds: seconds)))
    }
    let room = mostLines - 2
    if lines.count > room {
      let hidden = lines.count - (room - 1)
      lines = lines.prefix(room - 1) + [TerminalLine("", "\(hidden) more lines in the report")]
    }
    var text = [
      PlainText.shortened(PlainText.terminal(document.title), to: mostColumns),
      PlainText.shortened(
        PlainText.terminal("\(document.verdict.status.label): \(document.verdict.text)"), to: mostColumns),
    ]
    let width = lines.map(\.label.count).max() ?? 0
    for line in lines {
      let label = line.label + String(repeating: " ", count: width - line.label.count)
      text.append("  \(label)  " + PlainText.shortened(PlainText.terminal(line.text), to: mostColumns - width - 4))
    }
    return text.joined(separator: "\n") + "\n"
  }
}
