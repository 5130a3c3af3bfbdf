import ArgumentParser
import Foundation
import Pipeline

/// `qtool benchmark`: what does a pass over the samples cost?
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Time a network's bare forward pass, and the same with every tensor observed.",
    discussion: """
      The samples are prepared first and held in memory: reading and decoding them is not timed. The two kinds of pass \
      take turns. Times are wall time divided by the number of samples, with all threads at work.

      Examples:
        qtool benchmark --recipe Calibration/fashion_resnet.yaml --samples 200
        qtool benchmark net.onnx --data images/ --crop 224 --threads 1 --json
      """)

  @Argument(help: ArgumentHelp("The network: an ONNX file.", valueName: "network"))
  var network: String?

  @Option(help: ArgumentHelp("A YAML file that holds any of these settings; flags override it.", valueName: "path"))
  var recipe: String?

  @OptionGroup(title: "Samples") var dataOptions: DataOptions

  @Option(help: "How often each kind of pass is timed.")
  var rounds = 5

  @Option(help: ArgumentHelp("How many samples run at the same time. [default: one per core]", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Also write the prepared samples as one array, to run another program on.", valueName: "file.npy")
  )
  var saveInputs: String?

  @Flag(help: "Sum every convolution product by product, as 'compare' and 'fp16-audit' do.") var exact = false
  @Flag(help: "Also time every step, on one thread.") var profile = false
  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    if rounds < 1 { throw ValidationError("--rounds: expected at least 1, found \(rounds)") }
    if let threads, threads < 1 { throw ValidationError("--threads: expected at least 1, found \(threads)") }
    if let samples = dataOptions.samples, samples < 1 {
      throw ValidationError("--samples: expected at least 1, found \(samples)")
    }
  }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let dataRoot = dataOptions.dataRoot ?? ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"]
      var settings = try BenchmarkSettings(
        recipe: recipe.map { path throws(PipelineError) in try Recipe(contentsOf: path, dataRoot: dataRoot) }
          ?? Recipe())
      try dataOptions.apply(to: &settings.recipe)
      // A recipe says how many samples calibrate; a benchmark needs fewer, and holds them all.
      settings.recipe.samples = dataOptions.samples
      if let network { settings.recipe.model = network }
      settings.rounds = rounds
      settings.isExact = exact
      settings.threads = threads
      settings.profiles = profile
      settings.inputsPath = saveInputs
      let bar = ProgressBar("timing", isQuiet: json)
      let control = RunControl { done, total in bar.update(done: done, of: total) }
      let interrupt = Interrupt { control.cancel() }
      defer { interrupt.end() }
      let result: BenchmarkResult
      do throws(PipelineError) {
        result = try settings.run(control: control)
      } catch {
        bar.finish()
        throw error
      }
      bar.finish()
      Console.result(json ? try result.json() : result.text)
    }
  }
}
