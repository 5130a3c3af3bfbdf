import Pipeline

/// Writes a network in the precision that was decided on: `qtool export`.
public struct NetworkExport: Sendable {
  /// The network: an ONNX file.
  public var network: String
  /// The file to write. Its record gets `.json` behind that.
  public var output: String
  /// `qdq`, `fp16`, `bf16`, `mixed`, `mixed-bf16`, `opset`, `trtexec`, or a format of calibration files.
  public var format = "qdq"
  /// A calibration record or cache, for formats with INT8.
  public var calibration: String?
  /// The builder that INT8 is placed for: `tensorrt`, `onnxruntime` or `openvino`.
  public var target = "tensorrt"
  /// Regular expressions over the names of nodes that stay in FP32.
  public var keepFP32: [String] = []
  /// A precision plan, as the audit writes it.
  public var plan: String?
  /// Whether inputs and outputs stay FP32 in a network of 16 bits.
  public var keepsIOTypes = false
  /// Whether a calibration may lack tensors or hold names of another network.
  public var allowsMissing = false
  /// Whether nodes of operators that qtool does not know, such as a builder's plugins, are written as they are.
  public var allowsUnknownOperators = false
  /// The least operator set of the result; nil for no more than is needed.
  public var opset: Int?
  /// Whether the result is read again and run, here and, node by node, in onnxruntime where Python has it, and refused where
  /// it is not what was predicted.
  public var verifies = false

  /// - Parameters:
  ///   - network: The ONNX file to convert.
  ///   - output: The file to write.
  public init(network: String, output: String) {
    self.network = network
    self.output = output
  }

  /// What was written.
  public struct Result: Sendable {
    /// The path of what was written.
    public let output: String
    /// The path of its record.
    public let record: String
    /// The operator set of the result.
    public let opset: Int
    /// How many activations are in INT8.
    public let quantizedActivations: Int
    /// How many weights are in INT8.
    public let quantizedWeights: Int
    /// How many Casts stand at the borders between formats.
    public let casts: Int
    /// Command lines that build an engine from it.
    public let commands: [String]
    /// One line each: what the caller should know.
    public let warnings: [String]
    /// Everything, as the record has it.
    public let json: String
  }

  /// Converts and writes; nothing is written where it throws.
  public func run() throws(ToolError) -> Result {
    do throws(PipelineError) {
      var settings = ExportSettings(model: network, output: output, format: try Choices.exportFormat(format))
      settings.calibration = calibration
      settings.target = try Choices.target(target)
      settings.keepFP32 = keepFP32
      settings.plan = plan
      settings.keepsIOTypes = keepsIOTypes
      settings.allowsMissing = allowsMissing
      settings.allowsUnknownOperators = allowsUnknownOperators
      settings.opset = try Choices.opset(opset)
      settings.verifies = verifies
      let outcome = try ExportJob(settings).run()
      return Result(
        output: output, record: output + ".json", opset: outcome.opset,
        quantizedActivations: outcome.quantizedActivations, quantizedWeights: outcome.quantizedWeights,
        casts: outcome.casts, commands: outcome.commands, warnings: outcome.warnings, json: try outcome.json())
    } catch {
      throw ToolError(error)
    }
  }
}
