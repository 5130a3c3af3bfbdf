/// What is in a network, and what stands in the way of running it in low precision.
package struct NetworkInspection: Encodable, Sendable {
  package let file: String
  package let irVersion: Int
  package let opsets: [String: Int]
  package let producer: String
  package let inputs: [ValueEntry]
  package let outputs: [ValueEntry]
  package let layers: [LayerEntry]
  package let parameterCount: Int
  /// Multiply-accumulate operations for one sample; nil where a shape is not known.
  package let macs: Int?
  package let hazards: [Hazard]
  /// Pairs of indices into ``layers``: the second reads what the first makes.
  package let edges: [[Int]]

  package struct ValueEntry: Encodable, Sendable {
    package let name: String
    package let type: String
  }

  package struct LayerEntry: Encodable, Sendable {
    package let name: String
    package let op: String
    /// The first output's type; nil where it is not known before the network runs.
    package let output: String?
    package let parameters: Int
    package let macs: Int?
    /// The least and the greatest of its finite float parameters.
    package let weightRange: [Float]?
  }

  /// Something that a user should know before the network is quantized.
  package struct Hazard: Encodable, Sendable, Hashable {
    package enum Kind: String, Encodable, Sendable {
      case unsupportedOperator = "unsupported operator"
      case cannotRun = "cannot run"
      case openShape = "shapes not known"
      case overflow = "weights past the range of FP16"
      case vanishing = "weights that FP16 rounds to zero"
      case subnormal = "weights that are subnormal in FP16"
      case notFinite = "weights that are NaN or infinite"
      case quantized = "quantized already"
    }

    package let kind: Kind
    package let node: String
    package let detail: String
  }
}
