import ArgumentParser
import Foundation
import Pipeline

/// `qtool compare`: what does each precision cost in accuracy?
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract:
      "Run a network in FP32 and lower precisions over a set of samples and say what is lost, and whether it is real.",
    discussion: """
      INT8 follows a calibration: --calibration takes the record or cache of any tool that 'qtool cache show' reads; \
      without it the recipe's data are calibrated on first. Which nodes compute in INT8 is the builder's choice: \
      --target says whose rules apply.

      The recipe's field 'task' says what outputs and labels are: classification, detection, segmentation, regression, \
      embedding or text. The report gives the task's metrics, a bootstrap interval of every change, McNemar's exact test \
      where answers are right or wrong, and the smallest drop that so many samples can show. Without labels outputs \
      are compared with FP32's.

      --metric-command runs a program of yours for each precision, without a shell, on a folder with NAME.npy for each \
      output, [samples, ...], and samples.csv: in place of {outputs}, or as the last argument. It prints one number, or \
      one for each sample, which gives the figure an interval and slices.

      Examples:
        qtool compare --recipe Calibration/fashion_resnet.yaml --report fashion.html --max-drop 1%
        qtool compare net.onnx --data test.csv --calibration net.cache --target tensorrt --layers
        qtool compare net.onnx --data test.csv --calibration net.cache --metric-command 'python3 score.py'
      """)

  @Argument(help: ArgumentHelp("The network: an ONNX file.", valueName: "network"))
  var network: String?

  @Option(help: ArgumentHelp("A YAML file that holds any of these settings; flags override it.", valueName: "path"))
  var recipe: String?

  @OptionGroup(title: "Samples") var dataOptions: DataOptions

  @OptionGroup var plugins: PluginOptions

  @Option(help: ArgumentHelp("Precisions beside fp32: fp16, bf16, int8.", valueName: "list"))
  var precisions = "fp16,int8"

  @Option(help: ArgumentHelp("A calibration record or cache for INT8.", valueName: "file"))
  var calibration: String?

  @Option(help: ArgumentHelp("Calibrate on these samples first.", valueName: "path"))
  var calibrationData: String?

  @Flag(help: "Accept a calibration with names of another network or without some tensors.") var allowMissing = false

  @Option(
    help: ArgumentHelp(
      "How ranges are chosen when calibrating: \(Choices.methods.names). [default: the recipe's, else \(Choices.standardMethod)]",
      valueName: "name"))
  var method: String?

  @Option(help: ArgumentHelp("Whose INT8 it is: \(Choices.targets.names).", valueName: "builder"))
  var target = "tensorrt"

  @Option(
    help: ArgumentHelp(
      "What INT8 computes: \(Choices.arithmetics.names). engine: the target's fused kernels, where they are known "
        + "(onnxruntime, openvino); written: the Q/DQ network, node by node.",
      valueName: "name"))
  var arithmetic = "engine"

  @Option(help: ArgumentHelp("Keep nodes whose name matches in FP32. May be repeated.", valueName: "regex"))
  var keepFp32: [String] = []

  @Option(help: ArgumentHelp("Keep nodes whose name matches in FP16. May be repeated.", valueName: "regex"))
  var keepFp16: [String] = []

  @Option(help: ArgumentHelp("A precision plan, such as fp16-audit writes: one more column.", valueName: "file"))
  var plan: String?

  @Option(help: ArgumentHelp("Where results are rounded: fused or operator.", valueName: "rule"))
  var rounding = "fused"

  @Option(
    help: ArgumentHelp(
      "Fail where a precision loses more of the first metric: 1% or 0.01; 1% of FP32's where it is no share.",
      valueName: "drop"))
  var maxDrop: String?

  @Option(help: ArgumentHelp("A program that reads outputs and prints the first metric.", valueName: "program"))
  var metricCommand: String?

  @Option(
    help: ArgumentHelp("Which way that metric is better: higher or lower. [default: higher]", valueName: "goal"))
  var metricGoal: String?

  @Option(help: ArgumentHelp("What the report calls it. [default: Metric]", valueName: "name"))
  var metricName: String?

  @Flag(
    help: "Measure what each layer costs in each precision, and what is left of the loss without the costliest.")
  var layers = false

  @Option(
    help: ArgumentHelp(
      "Times of layers, as 'trtexec --exportProfile' writes them, for the tables and charts of --layers.",
      valueName: "file"))
  var profile: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("INT8 by method and number of samples: method=max,mse samples=10,50,200.", valueName: "list"))
  var sweep: [String] = []

  @Option(help: ArgumentHelp("Write the report as a page.", valueName: "file.html"))
  var report: String?

  @Option(help: ArgumentHelp("Write the report as JSON.", valueName: "file.json"))
  var jsonReport: String?

  @Option(help: ArgumentHelp("Write the report as Markdown, for a pull request.", valueName: "file.md"))
  var markdown: String?

  @Flag(help: "Show no pictures of the samples in the page.")
  var noPictures = false

  @Option(help: ArgumentHelp("How many samples run at the same time. [default: one per core]", valueName: "n"))
  var threads: Int?

  @Flag(help: "Print the report as JSON.") var json = false
  @Flag(help: "Print nothing but errors.") var quiet = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads: expected at least 1, found \(threads)") }
  }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let settings = try settings
      let bar = ProgressBar("comparing", isQuiet: quiet)
      let control = RunControl { done, total in bar.update(done: done, of: total) }
      let interrupt = Interrupt { control.cancel() }
      defer { interrupt.end() }
      let summary: ComparisonSummary
      do throws(PipelineError) {
        summary = try settings.run(control: control)
      } catch {
        bar.finish()
        throw error
      }
      bar.finish()
      if !quiet { for warning in summary.warnings { Console.diagnostic("warning: \(warning)") } }
      if json {
        Console.result(String(summary.json.dropLast()))
      } else if !quiet {
        Console.result(String(summary.text.dropLast()))
      }
      guard summary.passes else {
        let found = summary.verdict == .nonFinite ? "outputs that are NaN or infinite" : "more"
        throw PipelineError(
          .checkFailed,
          "--max-drop: expected a drop of at most \(maxDrop ?? ""), found \(found); the report says where")
      }
    }
  }

  private var metricSettings: MetricCommand? {
    get throws(PipelineError) {
      guard let metricCommand else {
        for (flag, value) in [("--metric-goal", metricGoal), ("--metric-name", metricName)] {
          guard let value else { continue }
          throw PipelineError(
            .usage, "\(flag): expected --metric-command beside it, found '\(value)' alone; give both or neither")
        }
        return nil
      }
      let goal = metricGoal ?? "higher"
      guard goal == "higher" || goal == "lower" else {
        throw PipelineError(.usage, "--metric-goal: expected higher or lower, found '\(goal)'; choose one of these")
      }
      var command = try MetricCommand(metricCommand)
      if let metricName { command.label = metricName }
      command.isLowerBetter = goal == "lower"
      return command
    }
  }

  /// Refuses flags that say the same thing twice: a calibration holds its ranges, whatever data and method made them.
  private func checkCalibration() throws(PipelineError) {
    guard calibration != nil else { return }
    // A sweep calibrates by itself, on data but by methods of its own.
    let others = [("--calibration-data", sweep.isEmpty ? calibrationData : nil), ("--method", method)]
    for (flag, value) in others {
      guard let value else { continue }
      throw PipelineError(
        .usage,
        "--calibration: expected no \(flag) beside it, found '\(value)'; leave out either, for a calibration is made "
          + "already")
    }
  }

  /// The recipe with the flags in place of what it says.
  private var settings: ComparisonSettings {
    get throws(PipelineError) {
      let dataRoot = dataOptions.dataRoot ?? ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"]
      var base =
        try recipe.map { path throws(PipelineError) in try Recipe(contentsOf: path, dataRoot: dataRoot) } ?? Recipe()
      // Here --data and --samples speak of the set that is compared on; the recipe's data are for calibration.
      var given = base
      try dataOptions.apply(to: &given)
      base.preprocessing = given.preprocessing
      base.rawShape = given.rawShape
      if let data = dataOptions.data {
        base.test = data
        base.testLabels = nil
      }
      if let samples = dataOptions.samples { base.testSamples = samples }
      if let network { base.model = network }
      if let method { base.method = method }
      var settings = ComparisonSettings(recipe: base)
      try settings.setPrecisions(precisions)
      try settings.setTarget(target)
      try settings.setArithmetic(arithmetic)
      try settings.setMaxDrop(maxDrop)
      settings.sweep = try SweepSettings(sweep)
      try checkCalibration()
      settings.calibrationPath = calibration
      settings.calibrationData = calibrationData
      settings.allowsMissing = allowMissing
      settings.keepFP32 = keepFp32
      settings.keepFP16 = keepFp16
      settings.planPath = plan
      settings.rounding = rounding
      settings.measuresLayers = layers
      settings.profilePath = profile
      settings.metricCommand = try metricSettings
      settings.showsPictures = !noPictures
      settings.threads = threads
      settings.seed = dataOptions.seed
      settings.plugins = plugins.plugin
      settings.onBadSample = dataOptions.onBadSample
      settings.reportPath = report
      settings.jsonPath = jsonReport
      settings.markdownPath = markdown
      return settings
    }
  }
}
