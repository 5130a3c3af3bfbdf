import ArgumentParser
import Pipeline

/// `qtool report`: what changed between two runs?
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Compare two reports in JSON: what changed between two runs.",
    discussion: """
      Rows of tables are matched by their first column. Reports must be of one kind.

      Example:
        qtool report last-week.json today.json --markdown
      """)

  @Argument(help: ArgumentHelp("The earlier report: JSON, as --json-report writes it.", valueName: "before.json"))
  var before: String

  @Argument(help: ArgumentHelp("The later report.", valueName: "after.json"))
  var after: String

  @Option(help: ArgumentHelp("Also write a page.", valueName: "file.html"))
  var report: String?

  @Flag(help: "Print Markdown, for a pull request.") var markdown = false
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let diff = try ReportDiff(before, after)
      if let report { try diff.writePage(to: report) }
      let text = json ? diff.json : markdown ? diff.markdown : diff.text
      Console.result(String(text.dropLast()))
    }
  }
}
