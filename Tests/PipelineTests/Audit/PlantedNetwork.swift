import CalibrationData
import Foundation
import ONNX
import PrecisionAudit
import TensorCore
import TestSupport
import Testing

/// A small network with one fault that 16 bits bring out, and its twin without.
struct PlantedNetwork: Sendable, CustomTestStringConvertible {
  let name: String
  /// The node to blame and what is wrong with it.
  let node: String
  let kind: AuditFinding.Kind
  let faulty: Model
  let clean: Model
  /// The tensors of each sample, and its slice.
  let samples: [(tensor: Tensor, slice: String)]
  /// Samples of the clean twin, where they differ.
  var cleanSamples: [(tensor: Tensor, slice: String)]?
  /// Whether the fault shows only where sums are added in 16 bits.
  var needsNarrowSums = false

  var testDescription: String { name }

  /// Writes the network and a manifest of its samples to `folder`; answers their paths.
  func write(isFaulty: Bool, model: Model? = nil, to folder: TemporaryFolder) throws -> (model: String, data: String) {
    let path = "\(folder.path)/net.onnx"
    try ONNXWriter.write(model ?? (isFaulty ? faulty : clean), to: path)
    var lines = ["file,condition"]
    for (place, sample) in (isFaulty ? samples : cleanSamples ?? samples).enumerated() {
      try NPYWriter.write(sample.tensor, to: "\(folder.path)/s\(place).npy")
      lines.append("s\(place).npy,\(sample.slice)")
    }
    return (path, try folder.write(lines.joined(separator: "\n") + "\n", to: "samples.csv"))
  }
}

/// Builds models of a few nodes.
struct ModelSketch {
  private(set) var model: Model
  private var last = "x"

  init(input shape: [Int], _ type: ElementType = .float32) {
    model = Model(graph: Graph(name: "planted"), opsets: ["": 17])
    model.graph.inputs = [ValueInfo(name: "x", elementType: type, shape: shape.map(Dimension.fixed))]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
  }

  mutating func constant(_ name: String, _ values: [Float], _ shape: Shape) -> String {
    model.graph.initializers[name] = Tensor(values, shape: shape)
    return name
  }

  mutating func ints(_ name: String, _ values: [Int64]) -> String {
    model.graph.initializers[name] = Tensor(values, shape: [values.count])
    return name
  }

  /// Adds a node that makes a value of its own name.
  @discardableResult
  mutating func node(_ opType: String, _ name: String, _ inputs: [String], _ attributes: [String: Attribute] = [:])
    -> String
  {
    model.graph.nodes.append(
      Node(name: name, opType: opType, inputs: inputs, outputs: [name], attributes: attributes))
    last = name
    return name
  }

  /// A matrix of random weights that ends the network in ten classes.
  mutating func head(_ value: String, width: Int, seed: UInt64 = 77, scale: Float = 1) -> Model {
    var random = RandomNumbers(seed: seed)
    let weights = constant("headWeights", random.floats(width * 10).map { $0 * scale }, [width, 10])
    model.graph.nodes.append(Node(name: "head", opType: "MatMul", inputs: [value, weights], outputs: ["y"]))
    return model
  }
}
