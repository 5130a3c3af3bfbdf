import ArgumentParser
import Foundation
import Pipeline

extension ObservedTensors: ExpressibleByArgument {}

/// `qtool calibrate`: which INT8 scale does each tensor get?
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Run a network over a calibration set and write the scales that an engine builder needs.",
    discussion: """
      One pass over the samples gathers a histogram of every tensor; the scales follow from it. Beside the cache FILE \
      stands a record FILE.json that says what it was made from. Ctrl-C saves what has been gathered: the same command \
      with --resume goes on. The same input gives the same bytes, whatever the \
      number of threads and the order of the samples.

      Methods: \(Choices.methods.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")).

      Examples:
        qtool calibrate --recipe Calibration/fashion_resnet.yaml -o fashion.cache --report fashion.html
        qtool calibrate net.onnx --data images/ --method auto --min-samples 500 --fail-on unsettled
        qtool calibrate net.onnx --data images/ --resize shorter:256 --crop 224 --divide 255 \\
          --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --method percentile --percentile 99.99
      """)

  @Argument(help: ArgumentHelp("The network: an ONNX file.", valueName: "network"))
  var network: String?

  @Option(help: ArgumentHelp("The same as the argument; overrides a recipe's.", valueName: "path"))
  var model: String?

  @Option(help: ArgumentHelp("A YAML file that holds any of these settings; flags override it.", valueName: "path"))
  var recipe: String?

  @OptionGroup(title: "Samples") var dataOptions: DataOptions

  @OptionGroup var plugins: PluginOptions

  @OptionGroup(title: "Ranges") var ranges: RangeFlags

  @Option(
    help: ArgumentHelp(
      """
      Which tensors get a scale: all of the graph, as a calibration cache lists them, or those that still exist once \
      layers are fused, which takes less time.
      """, valueName: "all|fused"))
  var observe: ObservedTensors = .all

  @Flag(
    help: """
      Sum every convolution product by product, as 'compare' and 'fp16-audit' do, instead of by Winograd's transform \
      where that is quicker. The rounding errors are others of the same size.
      """)
  var exact = false

  @OptionGroup(title: "Evidence") var checks: EvidenceFlags

  @Option(name: [.short, .long], help: ArgumentHelp("The cache to write. [default: NETWORK.cache]", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Also write a page with every histogram and threshold.", valueName: "file.html"))
  var report: String?

  @Option(help: ArgumentHelp("How many samples run at the same time. [default: one per core]", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      """
      Where statistics are saved as the run goes on, to be removed at its end; where named, so that --evidence full can \
      go on from it. [default: CACHE.state]
      """, valueName: "file"))
  var state: String?

  @Flag(help: "Go on from what an interrupted run of the same settings saved.") var resume = false

  @Option(
    help: ArgumentHelp(
      "Do only this part of the samples, such as 2/5, and leave its state for 'qtool merge'.", valueName: "i/n"))
  var shard: String?

  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print nothing but errors.") var quiet = false
  @Flag(help: "Also print which matrix kernels run, and the time it took.") var verbose = false

  func validate() throws {
    if network != nil, model != nil { throw ValidationError("give the network as an argument or by --model, not both") }
    if let threads, threads < 1 { throw ValidationError("--threads: expected at least 1, found \(threads)") }
    if let samples = dataOptions.samples, samples < 1 {
      throw ValidationError("--samples: expected at least 1, found \(samples)")
    }
  }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let settings = try settings
      let started = ContinuousClock.now
      let bar = ProgressBar("calibrating", isQuiet: quiet)
      let control = RunControl { done, total in bar.update(done: done, of: total) }
      let interrupt = Interrupt { control.cancel() }
      defer { interrupt.end() }
      let summary: CalibrationSummary
      do throws(PipelineError) {
        if settings.shard != nil {
          let part = try settings.runShard(control: control)
          bar.finish()
          return try show(part)
        }
        summary = try settings.run(control: control)
      } catch {
        bar.finish()
        throw error
      }
      bar.finish()
      let time = (ContinuousClock.now - started) / .seconds(1)
      try Console.show(summary, json: json, quiet: quiet, seconds: verbose ? time : nil)
    }
  }

  private func show(_ part: ShardSummary) throws(PipelineError) {
    if !quiet { for warning in part.warnings { Console.diagnostic("warning: \(warning)") } }
    if json {
      Console.result(try part.json())
    } else if !quiet {
      Console.result(part.text)
    }
  }

  /// The recipe with the flags in place of what it says.
  private var settings: CalibrationSettings {
    get throws(PipelineError) {
      let dataRoot = dataOptions.dataRoot ?? ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"]
      var settings = try CalibrationSettings(
        recipe: recipe.map { path throws(PipelineError) in try Recipe(contentsOf: path, dataRoot: dataRoot) }
          ?? Recipe())
      try dataOptions.apply(to: &settings.recipe)
      if let path = network ?? model { settings.recipe.model = path }
      ranges.apply(to: &settings.recipe)
      settings.ignoresBounds = ranges.ignoreBounds
      settings.observed = observe
      settings.isExact = exact
      settings.evidence = checks.evidence
      settings.minSamples = checks.minSamples
      settings.failOn = checks.failOn
      settings.statePath = state
      settings.resumes = resume
      settings.shard = try shard.map { text throws(PipelineError) in try Shard(text) }
      settings.plugins = plugins.plugin
      settings.onBadSample = dataOptions.onBadSample
      settings.threads = threads
      settings.cachePath = output
      settings.namesFromPath = ranges.namesFrom
      settings.reportPath = report
      return settings
    }
  }
}
