import Pipeline

/// Says what each precision costs in accuracy, on which samples and slices, and whether the loss is real: `qtool compare`.
public struct PrecisionComparison: Sendable {
  /// A recipe: a YAML file that names network, test set, calibration set and preprocessing. The other properties count
  /// before it.
  public var recipe: String?
  /// The folder that `${data_root}` in a recipe stands for.
  public var dataRoot: String?
  /// The network: an ONNX file.
  public var network: String?
  /// The samples to compare on; nil for the recipe's test set.
  public var data: String?
  /// How many of them; nil for all.
  public var samples: Int?
  /// What to compare with FP32, separated by commas: `fp16`, `bf16`, `int8`.
  public var precisions = "fp16,int8"
  /// A calibration record or cache for INT8; nil to calibrate by the recipe.
  public var calibration: String?
  /// Whether a calibration may lack tensors or hold names of another network.
  public var allowsMissing = false
  /// The builder that INT8 is placed for: `tensorrt`, `onnxruntime` or `openvino`.
  public var target = "tensorrt"
  /// A precision plan, as the audit writes it.
  public var plan: String?
  /// The largest share that may be lost, such as `1%`; nil for no check.
  public var maxDrop: String?
  /// Whether every layer's cost in INT8 is measured.
  public var measuresLayers = false
  /// The page (HTML) to write; nil for none.
  public var page: String?
  /// The JSON report to write; nil for none.
  public var jsonReport: String?
  /// The Markdown report to write; nil for none.
  public var markdownReport: String?
  /// How many samples run at the same time; nil for one per core. The result does not depend on it.
  public var threads: Int?

  /// A comparison without a network: name one, or a recipe.
  public init() {}

  /// What was found.
  public struct Result: Sendable {
    /// Whether no precision loses more than ``PrecisionComparison/maxDrop``; true where that is nil.
    public let passes: Bool
    /// The verdict and the table, for a terminal.
    public let text: String
    /// The report as JSON: figures, intervals, slices and flipped samples.
    public let json: String
    /// One line each: what the caller should know.
    public let warnings: [String]
  }

  /// Runs the samples in every precision and writes the reports, each whole or not at all. A loss beyond
  /// ``PrecisionComparison/maxDrop`` is no error: see ``Result/passes``.
  ///
  /// - Parameter progress: Is told how many samples are done, and of how many, in each of the passes.
  public func run(progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) throws(ToolError) -> Result {
    do throws(PipelineError) {
      var base = try Recipe(at: recipe, dataRoot: dataRoot, network: network)
      if let data {
        base.test = data
        base.testLabels = nil
      }
      if let samples { base.testSamples = samples }
      var settings = ComparisonSettings(recipe: base)
      try settings.setPrecisions(precisions)
      try settings.setTarget(target)
      try settings.setMaxDrop(maxDrop)
      settings.calibrationPath = calibration
      settings.allowsMissing = allowsMissing
      settings.planPath = plan
      settings.measuresLayers = measuresLayers
      settings.reportPath = page
      settings.jsonPath = jsonReport
      settings.markdownPath = markdownReport
      settings.threads = threads
      let summary = try settings.run(control: RunControl(report: progress))
      return Result(passes: summary.passes, text: summary.text, json: summary.json, warnings: summary.warnings)
    } catch {
      throw ToolError(error)
    }
  }
}
