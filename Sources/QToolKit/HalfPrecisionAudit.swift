import Pipeline

/// Finds what 16 bits break in a network, on which samples, and which layers to keep in FP32: `qtool fp16-audit`.
public struct HalfPrecisionAudit: Sendable {
  /// A recipe: a YAML file that names network, data and preprocessing. The other properties count before it.
  public var recipe: String?
  /// The folder that `${data_root}` in a recipe stands for.
  public var dataRoot: String?
  /// The network: an ONNX file.
  public var network: String?
  /// The samples: a manifest, a folder, an array; nil for the recipe's test set, else its calibration set.
  public var data: String?
  /// How many samples to take; nil for all.
  public var samples: Int?
  /// `fp16` or `bf16`.
  public var type = "fp16"
  /// Where results are rounded: after each `fused` step, as engine builders do, or after each `operator`, as frameworks do.
  public var rounding = "fused"
  /// The cure may flip this share of decisions, such as `0.5%`; nil for the standard goal.
  public var maxFlips: String?
  /// The cure must reach this many decibels of signal to noise at the outputs; nil for the standard goal.
  public var minDecibels: Double?
  /// Whether single layers are measured, and the smallest set of them to keep in FP32 is looked for.
  public var looksForCure = true
  /// The precision plan to write, which ``NetworkExport`` and ``PrecisionComparison`` read; nil for none.
  public var plan: String?
  /// Reports to write: pages (`.html`), JSON (`.json`) or Markdown (`.md`).
  public var reports: [String] = []
  /// How many samples run at the same time; nil for one per core. The result does not depend on it.
  public var threads: Int?

  /// An audit without a network: name one, or a recipe.
  public init() {}

  /// What was found.
  public struct Result: Sendable {
    /// Whether decisions and outputs hold in 16 bits, without a cure, as well as the goal asks.
    public let holds: Bool
    /// Samples whose decision is another in 16 bits, counted from 0 in the order of the data.
    public let flippedSamples: [Int]
    /// The nodes that the cure keeps in FP32, in the network's order; empty where none is needed or none was looked for.
    public let nodesToKeep: [String]
    /// The flags of TensorRT's `trtexec`, up to 10.16, that keep them.
    public let trtexecFlags: String
    /// Everything, as `qtool fp16-audit --json` prints it.
    public let json: String
    /// One line each: what the caller should know.
    public let warnings: [String]
  }

  /// Runs the samples in FP32 and in simulated 16 bits, and writes the plan and the reports, each whole or not at all.
  ///
  /// - Parameter progress: Is told how many samples are done, and of how many, in each of the passes.
  /// - Throws: ``ToolError``; an output that becomes infinite or NaN is a finding, no error.
  public func run(progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) throws(ToolError) -> Result {
    do throws(PipelineError) {
      var base = try Recipe(at: recipe, dataRoot: dataRoot, network: network)
      if let data {
        base.test = nil
        base.data = data
      }
      if let samples { base.samples = samples }
      var settings = AuditSettings(recipe: base)
      try settings.setArithmetic(
        type: type, rounding: rounding, accumulate: "fp32", subnormals: "keep", composites: nil)
      try settings.setGoal(maxFlips: maxFlips, minDecibels: minDecibels, maxDrop: nil)
      settings.looksForCure = looksForCure
      settings.threads = threads
      var files = AuditFiles()
      files.plan = plan
      files.reports = reports
      try files.check(besides: settings)
      let outcome = try settings.audit(control: RunControl(report: progress))
      try files.write(outcome, settings)
      return Result(
        holds: outcome.meetsGoal, flippedSamples: outcome.flippedRanks,
        nodesToKeep: outcome.keptNodes, trtexecFlags: outcome.trtexecFlags, json: try outcome.json(),
        warnings: outcome.notes)
    } catch {
      throw ToolError(error)
    }
  }
}
