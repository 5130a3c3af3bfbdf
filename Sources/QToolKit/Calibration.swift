import Pipeline

/// Runs samples through a network and chooses the INT8 scale of each tensor: `qtool calibrate`.
public struct Calibration: Sendable {
  /// A recipe: a YAML file that names network, data, preprocessing and method. The other properties count before it.
  public var recipe: String?
  /// The folder that `${data_root}` in a recipe stands for.
  public var dataRoot: String?
  /// The network: an ONNX file.
  public var network: String?
  /// The samples: a manifest, a folder, an array.
  public var data: String?
  /// `mse`, `entropy`, `percentile`, `max`, `legacy`, `mean` or `auto`; nil for the recipe's, else `mse`.
  public var method: String?
  /// How many samples to take; nil for all.
  public var samples: Int?
  /// The cache to write. Its record, which every other call reads, gets `.json` behind that.
  public var output: String
  /// How many samples run at the same time; nil for one per core. The cache does not depend on it.
  public var threads: Int?

  /// - Parameter output: The cache to write.
  public init(output: String) { self.output = output }

  /// What was written.
  public struct Result: Sendable {
    /// The cache's path.
    public let cache: String
    /// The record's path.
    public let record: String
    /// What was counted, and every tensor with its scale, as JSON.
    public let json: String
    /// One line each: defaults taken, tensors without values, samples left out.
    public let warnings: [String]
  }

  /// Calibrates and writes the cache and its record, each whole or not at all. The same inputs give the same bytes.
  ///
  /// - Parameter progress: Is told how many samples are done, and of how many.
  public func run(progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) throws(ToolError) -> Result {
    do throws(PipelineError) {
      var settings = CalibrationSettings(
        recipe: try Recipe(at: recipe, dataRoot: dataRoot, network: network))
      if let data { settings.recipe.data = data }
      if let method { settings.recipe.method = method }
      if let samples { settings.recipe.samples = samples }
      settings.threads = threads
      settings.cachePath = output
      let summary = try settings.run(control: RunControl(report: progress))
      return Result(cache: output, record: output + ".json", json: try summary.json(), warnings: summary.warnings)
    } catch {
      throw ToolError(error)
    }
  }
}
