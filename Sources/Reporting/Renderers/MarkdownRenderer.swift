/// The report as GitHub's Markdown, short enough for a pull request.
package enum MarkdownRenderer {
  package static func render(_ document: ReportDocument) -> String {
    var text = "## \(PlainText.markdown(document.title))\n\n"
    text += "**\(document.verdict.status.label):** \(PlainText.markdown(document.verdict.text))\n"
    for section in document.sections {
      guard let body = section.markdown else { continue }
      if !section.title.isEmpty { text += "\n### \(PlainText.markdown(section.title))\n" }
      text += "\n" + body + "\n"
    }
    text += "\n<details><summary>How these figures came about</summary>\n\n"
    for fact in document.facts {
      let line = fact.value.replacing("\n", with: "; ")
      let value = fact.isCode ? PlainText.markdownCode(line) : PlainText.markdown(line)
      text += "- \(PlainText.markdown(fact.label)): \(value)\n"
    }
    if let seconds = document.seconds { text += "- Duration: \(NumberFormat.duration(seconds: seconds))\n" }
    if let bytes = document.peakMemory { text += "- Peak memory: \(NumberFormat.memory(bytes: bytes))\n" }
    return text + "- Tool: qtool \(PlainText.markdown(document.toolVersion))\n\n</details>\n"
  }

  /// A table; the cells are Markdown already.
  static func table(head: [String], rightAligned: [Bool], rows: [[String]]) -> String {
    var lines = ["| " + head.joined(separator: " | ") + " |"]
    lines.append("|" + rightAligned.map { $0 ? "--:" : ":--" }.joined(separator: "|") + "|")
    lines += rows.map { "| " + $0.joined(separator: " | ") + " |" }
    return lines.joined(separator: "\n")
  }
}
