import ONNX
import TensorCore

/// A network taken apart for a check node by node: each node is fed what the executor computed before it.
///
/// Two runs of a whole quantized network need not stay close: sums added in another order move a code that lies on a border,
/// and each layer makes more of it. A node by itself, given the same inputs, has no such excuse.
struct SeparateNodes {
  /// The network in which every value between nodes is an input under its own name; what makes it writes to an output.
  let model: Model
  /// In the order of the model's inputs.
  let inputs: [Tensor]
  /// What the executor computed, in the order of the model's outputs; 16-bit floats as float32.
  let expected: [Tensor]
  /// The value that each output is, and the node that makes it.
  let values: [(name: String, node: String, opType: String)]
  /// The largest magnitude among what the node of each output reads; 0 where that is no float.
  private let magnitudes: [Float]

  /// Of a node's largest input, what kernels may differ by: a Sigmoid far from 0 is 1e-9 here and 1e-8 there.
  private static let negligible: Float = 0x1p-23

  /// - Parameters:
  ///   - model: Nodes of its graph are taken apart, the bodies of control flow are not.
  ///   - inputs: In the order of its inputs.
  /// - Throws: What the executor throws; the network as a whole may run even so, where a value between nodes is no tensor.
  init(_ model: Model, inputs: [Tensor]) throws {
    var values: [(name: String, node: String, opType: String)] = []
    for node in model.graph.nodes where node.opType != "Constant" && !Self.handsOnSequences(node) {
      for output in node.outputs where !output.isEmpty { values.append((output, node.name, node.opType)) }
    }
    var whole = model
    whole.graph.outputs = values.map { ValueInfo(name: $0.name, elementType: nil, shape: nil) }
    let tensors = try Prediction.run(whole, inputs)
    var parts = model
    parts.graph.values = []
    parts.graph.outputs = []
    var names = Set(model.graph.initializers.keys).union(values.map(\.name)).union(model.graph.inputs.map(\.name))
    var made: [String: String] = [:]
    var fed: [Tensor] = []
    for (value, tensor) in zip(values, tensors) {
      var name = "\(value.name)/made"
      while !names.insert(name).inserted { name += "_" }
      made[value.name] = name
      parts.graph.outputs.append(ValueInfo(name: name, elementType: tensor.elementType, shape: nil))
      parts.graph.inputs.append(
        ValueInfo(
          name: value.name, elementType: tensor.elementType, shape: tensor.shape.dimensions.map(Dimension.fixed)))
      fed.append(tensor)
    }
    for index in parts.graph.nodes.indices {
      parts.graph.nodes[index].outputs = parts.graph.nodes[index].outputs.map { made[$0] ?? $0 }
    }
    self.model = parts
    self.inputs = inputs + fed
    self.values = values
    expected = tensors.map(ExportVerifier.copied)
    var magnitude: [String: Float] = [:]
    for (name, tensor) in zip(values.map(\.name), expected) { magnitude[name] = tensor.largestMagnitude }
    for (input, tensor) in zip(model.graph.inputs, inputs) {
      magnitude[input.name] = ExportVerifier.copied(tensor).largestMagnitude
    }
    var largest: [String: Float] = [:]
    for node in model.graph.nodes {
      let found = node.usedValues.compactMap { magnitude[$0] }.max() ?? 0
      for output in node.outputs { largest[output] = found }
    }
    magnitudes = values.map { largest[$0.name] ?? 0 }
  }

  private static func handsOnSequences(_ node: Node) -> Bool {
    node.opType.contains("Sequence") || node.opType.contains("Optional")
  }

  /// The value on which another engine's results lie farthest from the executor's; nil where all are equal.
  ///
  /// - Parameter others: In the order of the model's outputs, 16-bit floats as float32.
  func worst(of others: [Tensor]) -> (value: String, node: String, opType: String, decibels: Double)? {
    var worst: (value: String, node: String, opType: String, decibels: Double)?
    for (index, other) in others.enumerated() where index < expected.count {
      let decibels: Double
      if expected[index].shape != other.shape {
        decibels = -.infinity
      } else if expected[index].elementType == .float32, other.elementType == .float32 {
        guard let found = ExportVerifier.decibels([expected[index]], [other]),
          expected[index].largestDifference(from: other) > magnitudes[index] * Self.negligible
        else { continue }
        decibels = found
      } else {
        if expected[index].hasSameBytes(as: other) { continue }
        decibels = -.infinity
      }
      if decibels < worst?.decibels ?? .infinity {
        worst = (values[index].name, values[index].node, values[index].opType, decibels)
      }
    }
    return worst
  }
}

extension Tensor {
  /// Of a float32 tensor's finite elements; 0 for other tensors.
  fileprivate var largestMagnitude: Float {
    guard elementType == .float32 else { return 0 }
    return array(of: Float.self).lazy.map(\.magnitude).filter(\.isFinite).max() ?? 0
  }

  /// The largest difference of two elements at the same place; infinite where only one of them is finite.
  fileprivate func largestDifference(from other: Tensor) -> Float {
    var largest: Float = 0
    for (a, b) in zip(array(of: Float.self), other.array(of: Float.self)) where a != b && !(a.isNaN && b.isNaN) {
      let difference = (a - b).magnitude
      if !(difference <= largest) { largest = difference.isFinite ? difference : .infinity }
    }
    return largest
  }

  fileprivate func hasSameBytes(as other: Tensor) -> Bool {
    guard type.elementType == other.type.elementType, type.byteCount == other.type.byteCount else { return false }
    let (a, b) = unsafe (base, other.base)
    for index in 0..<type.byteCount
    where unsafe a.load(fromByteOffset: index, as: UInt8.self) != b.load(fromByteOffset: index, as: UInt8.self) {
      return false
    }
    return true
  }
}
