import ArgumentParser
import Calibration
import CalibrationData
import Foundation
import Pipeline

/// `qtool calibrate`: which INT8 scale does each tensor get?
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Run a network over a calibration set and write the scales that an engine builder needs.",
    discussion: """
      One pass over the samples gathers a histogram of every tensor; the scales follow from it. Beside the cache FILE \
      stands a record FILE.json that says what it was made from. The same input gives the same bytes, whatever the \
      number of threads and the order of the samples.

      Methods: \(RangeMethod.all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")).

      Examples:
        qtool calibrate --recipe Calibration/fashion_resnet.yaml -o fashion.cache --report fashion.html
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

  @Option(
    help: ArgumentHelp(
      "How ranges are chosen: \(RangeMethod.all.map(\.name).joined(separator: ", ")).", valueName: "name"))
  var method: String?

  @Option(
    help: ArgumentHelp("For the method percentile: how many percent of the values the range holds.", valueName: "p"))
  var percentile: Double?

  @Option(
    help: ArgumentHelp(
      "For the method entropy: what the bin of the zeros counts: include, drop or neighbour.", valueName: "rule"))
  var klZero: String?

  @Option(
    help: ArgumentHelp(
      "The builder's version, such as 8.6.1 or 10.9.0: it skips a cache of another.", valueName: "version"))
  var trtVersion: String?

  @Option(help: ArgumentHelp("Give no scale to tensors whose name matches. May be repeated.", valueName: "regex"))
  var exclude: [String] = []

  @Option(
    help: ArgumentHelp("Keep the names and the order of a cache that a builder made for the network.", valueName: "old")
  )
  var namesFrom: String?

  @Flag(help: "Let ranges exceed what Sigmoid, Softmax and their like can yield, as TensorRT's own calibrator does.")
  var ignoreBounds = false

  @Option(name: [.short, .long], help: ArgumentHelp("The cache to write. [default: NETWORK.cache]", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Also write a page with every histogram and threshold.", valueName: "file.html"))
  var report: String?

  @Option(help: ArgumentHelp("How many samples run at the same time. [default: one per core]", valueName: "n"))
  var threads: Int?

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
        summary = try settings.run(control: control)
      } catch {
        bar.finish()
        throw error
      }
      bar.finish()
      try show(summary, seconds: (ContinuousClock.now - started) / .seconds(1))
    }
  }

  private func show(_ summary: CalibrationSummary, seconds: Double) throws(PipelineError) {
    if !quiet { for warning in summary.warnings { Console.diagnostic("warning: \(warning)") } }
    if verbose {
      Console.diagnostic("kernels: \(summary.kernelClass.instructionSet), \(summary.kernelClass.blas)")
      Console.diagnostic("time: \(String(format: "%.2f", seconds)) s")
    }
    if json {
      Console.result(try summary.json())
    } else if !quiet {
      Console.result(summary.text)
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
      if let method { settings.recipe.method = method }
      if let percentile { settings.recipe.percentile = percentile }
      if let klZero { settings.recipe.klZero = klZero }
      if let trtVersion { settings.recipe.trtVersion = trtVersion }
      settings.recipe.exclude += exclude
      settings.ignoresBounds = ignoreBounds
      settings.plugins = plugins.plugin
      settings.onBadSample = dataOptions.onBadSample
      settings.threads = threads
      settings.cachePath = output
      settings.namesFromPath = namesFrom
      settings.reportPath = report
      return settings
    }
  }
}
