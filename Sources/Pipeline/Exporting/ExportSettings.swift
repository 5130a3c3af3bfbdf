package import Export
package import Quantization

/// What `qtool export` writes.
package enum ExportFormat: Sendable, Hashable {
  /// An explicitly quantized network: QuantizeLinear and DequantizeLinear nodes.
  case qdq
  /// A network in float16 or bfloat16.
  case typed(HalfType)
  /// INT8 where the plan has it, the rest in the type of 16 bits, exceptions in float32.
  case mixed(HalfType)
  /// The same network with operators of a later version.
  case opset
  /// A TensorRT calibration cache and the command line for builders up to 10.16.
  case trtexec
  /// A calibration file of this format.
  case table(String)

  /// The type of 16 bits that the network computes in; nil where it does not.
  package var half: HalfType? {
    switch self {
    case .typed(let half), .mixed(let half): half
    default: nil
    }
  }

  /// The formats of networks, as the flag names them.
  package static let networks: [(name: String, format: ExportFormat)] = [
    ("qdq", .qdq), ("fp16", .typed(.fp16)), ("bf16", .typed(.bf16)), ("mixed", .mixed(.fp16)),
    ("mixed-bf16", .mixed(.bf16)), ("opset", .opset), ("trtexec", .trtexec),
  ]
}

/// What `qtool export` is asked to do.
package struct ExportSettings: Sendable {
  package var model: String
  package var output: String
  package var format: ExportFormat
  /// A calibration record, or a cache of any format that is known.
  package var calibration: String?
  package var target = Target.tensorrt
  /// Regular expressions over the names of nodes that stay in FP32, and in the type of 16 bits.
  package var keepFP32: [String] = []
  package var keepFP16: [String] = []
  /// A precision plan.
  package var plan: String?
  package var keepsIOTypes = false
  package var overflow = OverflowPolicy.keep
  /// Whether a calibration may lack tensors or hold names of another network.
  package var allowsMissing = false
  /// Whether nodes of unknown operators are written as they are.
  package var allowsUnknownOperators = false
  /// The least operator set of the result; nil for no more than is needed.
  package var opset: Int?
  package var usesExternalData = false
  package var verifies = false
  /// Input values for the verification, as ``NetworkRun/inputs`` has them; empty for seeded numbers.
  package var verificationInputs: [String] = []
  package var inputShapes: [String] = []
  /// The builder's version for a TensorRT cache.
  package var builderVersion: String?

  package init(model: String, output: String, format: ExportFormat) {
    self.model = model
    self.output = output
    self.format = format
  }
}
