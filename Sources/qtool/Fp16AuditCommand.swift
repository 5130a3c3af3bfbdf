import ArgumentParser
import Foundation
import Pipeline

/// `qtool fp16-audit`: will 16 bits break this network, where, on which samples?
struct Fp16AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fp16-audit",
    abstract: "Find what half precision breaks in a network, on which samples, and which layers to keep in FP32.",
    discussion: """
      Runs every sample in FP32 and in a simulated 16-bit format, each layer by itself and all together, ranks the \
      findings, and looks for the smallest set of layers that must stay in FP32.

      Examples:
        qtool fp16-audit --recipe Calibration/fashion_resnet.yaml --report audit.html
        qtool fp16-audit net.onnx --data test.csv --type bf16 --max-flips 0.5% --plan plan.json
        qtool fp16-audit net.onnx --data samples.npy --fail-on 'overflow,flips>0.5%'
      """)

  @Argument(help: ArgumentHelp("The network: an ONNX file.", valueName: "network"))
  var network: String?

  @Option(help: ArgumentHelp("A YAML file that holds network, samples and preprocessing.", valueName: "path"))
  var recipe: String?

  @OptionGroup(title: "Samples") var dataOptions: DataOptions

  @OptionGroup var plugins: PluginOptions

  @Option(help: ArgumentHelp("The 16-bit format: fp16 or bf16.", valueName: "name"))
  var type = "fp16"

  @Option(help: ArgumentHelp("Round after each fused step or after each operator.", valueName: "fused|operator"))
  var rounding = "fused"

  @Option(
    help: ArgumentHelp(
      "Where sums are added: fp32, or fp16:K for blocks of K rounded to the 16-bit format (a model).", valueName: "how")
  )
  var accumulate = "fp32"

  @Option(help: ArgumentHelp("Whether subnormal numbers are kept or flushed to zero.", valueName: "keep|flush"))
  var subnormals = "keep"

  @Option(
    help: ArgumentHelp(
      "How Softmax and normalizations compute inside: narrow or wide. [default: narrow where steps are fused]",
      valueName: "how"))
  var composites: String?

  @Option(help: ArgumentHelp("The cure may flip this share of decisions, such as 0.5%.", valueName: "share"))
  var maxFlips: String?

  @Option(help: ArgumentHelp("The cure must reach this SQNR at the outputs.", valueName: "dB"))
  var minSqnr: Double?

  @Option(help: ArgumentHelp("The cure may lose this share of accuracy, such as 0.5%.", valueName: "share"))
  var maxDrop: String?

  @Option(
    help: ArgumentHelp("Stop measuring layers one by one, and looking for a cure, after this.", valueName: "seconds"))
  var budget: Double?

  @Flag(help: "Measure the network as a whole only: no layers one by one, no cure.") var noCure = false

  @Option(help: ArgumentHelp("Write a page (.html), .json or .md. May be repeated.", valueName: "file"))
  var report: [String] = []

  @Option(help: ArgumentHelp("Write the plan file that compare and export read.", valueName: "file.json"))
  var plan: String?

  @Option(
    help: ArgumentHelp("Write the nodes to keep in FP32, a regular expression a line.", valueName: "file.txt"))
  var nodeList: String?

  @Option(
    help: ArgumentHelp(
      "Write the network in which every node has the name that the audit uses.", valueName: "file.onnx"))
  var writeNamed: String?

  @Option(
    help: ArgumentHelp(
      "Write the network with the findings' edits that help: masks clipped, epsilons raised, weights rescaled.",
      valueName: "file.onnx"))
  var writeCured: String?

  @Option(
    help: ArgumentHelp(
      "Where measurements are saved as the run goes on, to be removed at its end unless --budget cut it short.",
      valueName: "path"))
  var state: String?

  @Flag(help: "Go on from what a run of the same settings, interrupted or cut short, saved in --state.")
  var resume = false

  @Flag(help: "Leave the samples' pictures out of the page.") var noPictures = false

  @Option(
    help: ArgumentHelp(
      "Exit with code 1 where one of these holds: error, warning, flips>0.5%, sqnr<40, or a kind of finding.",
      valueName: "list"))
  var failOn: String?

  @Option(help: ArgumentHelp("How many samples run at the same time. [default: one per core]", valueName: "n"))
  var threads: Int?

  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print nothing but errors.") var quiet = false
  @Flag(help: "Also print the time it took.") var verbose = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads: expected at least 1, found \(threads)") }
    if let samples = dataOptions.samples, samples < 1 {
      throw ValidationError("--samples: expected at least 1, found \(samples)")
    }
    if resume, state == nil { throw ValidationError("--resume: expected --state with the file to go on from; name it") }
    if let budget, !(budget >= 0) { throw ValidationError("--budget: expected seconds, found \(budget)") }
  }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let settings = try settings
      let limits = try failOn.map { text throws(PipelineError) in try AuditLimits(text) }
      var files = AuditFiles()
      files.reports = report
      files.plan = plan
      files.nodeList = nodeList
      files.namedNetwork = writeNamed
      files.curedNetwork = writeCured
      files.state = state
      files.showsPictures = !noPictures
      try files.check(besides: settings)
      let bar = ProgressBar("auditing", isQuiet: quiet)
      let control = RunControl { done, total in bar.update(done: done, of: total) }
      let interrupt = Interrupt { control.cancel() }
      defer { interrupt.end() }
      let outcome: AuditOutcome
      do throws(PipelineError) {
        outcome = try settings.audit(control: control)
      } catch {
        bar.finish()
        throw error
      }
      bar.finish()
      try files.write(outcome, settings)
      if !quiet { for note in outcome.notes { Console.diagnostic("warning: \(note)") } }
      if writeCured != nil, outcome.edits?.edits.isEmpty ?? true {
        Console.diagnostic("warning: --write-cured: no edit of the network helps, so nothing was written there")
      }
      if verbose {
        let words = outcome.seconds.map { String(format: "%.1f s", $0) }.joined(separator: ", ")
        Console.diagnostic("time after each pass: \(words)")
        if let bytes = outcome.peakMemory { Console.diagnostic("peak memory: \((bytes + 500_000) / 1_000_000) MB") }
      }
      if json {
        Console.result(try outcome.json())
      } else if !quiet {
        Console.result(outcome.text)
      }
      if let violations = limits?.violations(outcome), !violations.isEmpty {
        throw PipelineError(.checkFailed, "--fail-on: \(violations.joined(separator: "; "))")
      }
    }
  }

  private var settings: AuditSettings {
    get throws(PipelineError) {
      let dataRoot = dataOptions.dataRoot ?? ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"]
      var loaded =
        try recipe.map { path throws(PipelineError) in try Recipe(contentsOf: path, dataRoot: dataRoot) }
        ?? Recipe()
      // Samples that a flag names stand in place of the recipe's test set.
      if dataOptions.data != nil { loaded.test = nil }
      try dataOptions.apply(to: &loaded)
      if let network { loaded.model = network }
      var settings = AuditSettings(recipe: loaded)
      try settings.setArithmetic(
        type: type, rounding: rounding, accumulate: accumulate, subnormals: subnormals, composites: composites)
      try settings.setGoal(maxFlips: maxFlips, minDecibels: minSqnr, maxDrop: maxDrop)
      settings.budget = budget
      settings.looksForCure = !noCure
      settings.statePath = state
      settings.resumes = resume
      settings.plugins = plugins.plugin
      settings.onBadSample = dataOptions.onBadSample
      settings.threads = threads
      return settings
    }
  }
}
