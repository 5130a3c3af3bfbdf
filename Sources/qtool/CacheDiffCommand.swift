import ArgumentParser
import Pipeline

/// `qtool cache diff`: by how much do two caches differ?
struct CacheDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Rank the tensors of two calibration caches by how much their scales differ.",
    discussion: """
      The caches may be of any format, also the record that qtool calibrate writes beside a cache.

      Examples:
        qtool cache diff old.cache new.cache
        qtool cache diff reference.cache new.cache --max-ratio 1.05
      """)

  @Argument(help: ArgumentHelp("A calibration cache.", valueName: "left"))
  var left: String

  @Argument(help: ArgumentHelp("The cache to compare it with.", valueName: "right"))
  var right: String

  @Option(
    help: ArgumentHelp(
      "Exit with 1 where two scales differ by more than this factor, or a tensor stands in one cache only.",
      valueName: "factor"))
  var maxRatio: Double?

  @Option(help: ArgumentHelp("How many tensors to list of each kind.", valueName: "n"))
  var top = 20

  @Flag(help: "List every tensor.") var all = false
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    if let maxRatio, !(maxRatio >= 1 && maxRatio.isFinite) {
      throw ValidationError("--max-ratio: expected a factor of at least 1, found \(maxRatio)")
    }
    if top < 0 { throw ValidationError("--top: expected at least 0, found \(top)") }
  }

  func run() throws {
    var failed = false
    try Console.run { () throws(PipelineError) in
      let comparison = CacheComparison(try LoadedCache(path: left), try LoadedCache(path: right))
      Console.result(try json ? comparison.json() : comparison.text(limit: all ? nil : top))
      failed = maxRatio.map(comparison.differs) ?? false
    }
    if failed { throw ArgumentParser.ExitCode(Pipeline.ExitCode.checkFailed.rawValue) }
  }
}
