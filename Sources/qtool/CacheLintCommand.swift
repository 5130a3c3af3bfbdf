import ArgumentParser
import Pipeline

/// `qtool cache lint`: is this cache sound?
struct CacheLintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Check a calibration cache for what makes an engine wrong, or a reader stumble.",
    discussion: """
      Checked is:
      \(Choices.lintRules.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

      Examples:
        qtool cache lint net.cache
        qtool cache lint net.cache --model net.onnx --fail-on warning
      """)

  @Argument(help: ArgumentHelp("The calibration cache.", valueName: "cache"))
  var cache: String

  @Option(help: ArgumentHelp("The network that the cache is for: an ONNX file.", valueName: "network"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Exit with 1 where something of this severity or a higher one is found: error, warning or info.",
      valueName: "severity"))
  var failOn: Choices.Severity?

  @Option(help: ArgumentHelp("The cache's format. [default: recognized by its content]", valueName: "format"))
  var from: String?

  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "List every tensor that a finding is about.") var verbose = false

  func run() throws {
    var failed = false
    try Console.run { () throws(PipelineError) in
      let check = try CacheCheck(try LoadedCache(path: cache, format: from), model: model)
      Console.result(try json ? check.json() : check.text(listsTensors: verbose))
      failed = failOn.map(check.hasFindings) ?? false
    }
    if failed { throw ArgumentParser.ExitCode(Pipeline.ExitCode.checkFailed.rawValue) }
  }
}

extension Choices.Severity: ExpressibleByArgument {
  package static var allValueStrings: [String] { Choices.severities }

  package init?(argument: String) {
    guard let severity = Choices.severity(named: argument) else { return nil }
    self = severity
  }
}
