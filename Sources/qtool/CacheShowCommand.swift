import ArgumentParser
import Pipeline

/// `qtool cache show`: which scale does each tensor have?
struct CacheShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "List every tensor of a calibration cache with its scale and its range.",
    discussion: """
      The bits are the scale's binary32 pattern in hexadecimal, as in TensorRT's caches; amax is 127 times the scale.

      Examples:
        qtool cache show net.cache
        qtool cache show net.cache --sort scale --filter 'Relu|Add' --json
      """)

  @Argument(help: ArgumentHelp("The calibration cache.", valueName: "cache"))
  var cache: String

  @Option(help: ArgumentHelp("The order of the rows: file, name, or scale (the largest first).", valueName: "order"))
  var sort: CacheListing.Order = .file

  @Option(help: ArgumentHelp("List only tensors whose name matches. May be repeated.", valueName: "regex"))
  var filter: [String] = []

  @Option(help: ArgumentHelp("The cache's format. [default: recognized by its content]", valueName: "format"))
  var from: String?

  @Flag(help: "Print the result as JSON.") var json = false

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let patterns = filter.isEmpty ? nil : try NamePatterns(filter, flag: "--filter")
      let listing = CacheListing(try LoadedCache(path: cache, format: from), order: sort, patterns: patterns)
      Console.result(try json ? listing.json() : listing.text)
    }
  }
}

extension CacheListing.Order: ExpressibleByArgument {}
