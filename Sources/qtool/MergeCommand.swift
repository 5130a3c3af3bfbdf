import ArgumentParser
import Foundation
import Pipeline

/// `qtool merge`: what do the shards come to together?
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Put the states of 'qtool calibrate --shard' together and write what one run would have written.",
    discussion: """
      Cache, record and report are those of a single run, byte for byte. The network and the data must be where the \
      shards found them, or be named again; they are compared with what the shards saw. The settings are the shards'; \
      flags override them, so that one set of states serves every method.

      Example:
        for i in 1 2 3; do qtool calibrate --recipe net.yaml --shard $i/3 -o net.cache; done
        qtool merge net.cache.*.state -o net.cache --report net.html
      """)

  @Argument(help: ArgumentHelp("The states of all shards, in any order.", valueName: "state"))
  var states: [String]

  @Option(help: ArgumentHelp("Where the network is now.", valueName: "path"))
  var model: String?

  @Option(help: ArgumentHelp("Where the samples are now.", valueName: "path"))
  var data: String?

  @OptionGroup(title: "Ranges") var ranges: RangeFlags

  @OptionGroup(title: "Evidence") var checks: EvidenceFlags

  @Option(name: [.short, .long], help: ArgumentHelp("The cache to write. [default: NETWORK.cache]", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Also write a page with every histogram and threshold.", valueName: "file.html"))
  var report: String?

  @Option(
    help: ArgumentHelp("How many tensors are worked on at the same time. [default: one per core]", valueName: "n"))
  var threads: Int?

  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print nothing but errors.") var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads: expected at least 1, found \(threads)") }
  }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      var settings = MergeSettings(states: states)
      settings.recipe.model = model
      settings.recipe.data = data
      ranges.apply(to: &settings.recipe)
      settings.ignoresBounds = ranges.ignoreBounds
      settings.namesFromPath = ranges.namesFrom
      settings.evidence = checks.evidence
      settings.minSamples = checks.minSamples
      settings.failOn = checks.failOn
      settings.threads = threads
      settings.cachePath = output
      settings.reportPath = report
      let control = RunControl()
      let interrupt = Interrupt { control.cancel() }
      defer { interrupt.end() }
      try Console.show(try settings.run(control: control), json: json, quiet: quiet, seconds: nil)
    }
  }
}
