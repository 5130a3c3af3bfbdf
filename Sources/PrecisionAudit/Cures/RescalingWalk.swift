import Foundation
import ONNX
import TensorCore

/// Follows a layer's results to the layer that can take a factor back.
struct RescalingWalk {
  /// A constant of the network, or one channel of it.
  struct Part {
    let constant: String
    let channel: Rescaling.Channel?
  }

  struct Path {
    let weights: Part
    /// The weights, the bias, and what is added on the way: all of it grows by the factor.
    var scaled: [Part]
    let absorber: Part
    let absorberNode: String
    /// Whether the absorber is a divisor.
    let absorberDivides: Bool
  }

  private let graph: Graph
  private let index: GraphIndex

  init(_ graph: Graph) {
    self.graph = graph
    index = GraphIndex(graph)
  }

  /// Operators `f` with `f(s·x) = s·f(x)` for s > 0 that leave channels where they are.
  private static let channelwise: Set<String> = [
    "Relu", "LeakyRelu", "PRelu", "Identity", "Dropout", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool",
    "Abs", "Neg",
  ]
  /// Others that a factor of all channels passes.
  private static let uniform: Set<String> = ["Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice"]

  /// Nil where there is none. `channel` is one of the layer's results, counted along their channels.
  func path(from place: Int, _ channel: Int?) -> Path? {
    let node = graph.nodes[place]
    guard let own = weights(of: node, output: channel) else { return nil }
    var scaled = [own]
    if ["Conv", "Gemm"].contains(node.opType), node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let bias = addend(node.inputs[2], channel, of: own) else { return nil }
      scaled.append(bias)
    }
    var value = node.outputs[0]
    while true {
      let users = index.consumers(of: value)
      guard !index.isGraphOutput(value), users.count == 1, let user = users.first else { return nil }
      let next = graph.nodes[user]
      guard next.domain.isEmpty, next.inputs.count(where: { $0 == value }) == 1 else { return nil }
      if let absorber = self.absorber(next, reading: value, channel) {
        return Path(
          weights: own, scaled: scaled, absorber: absorber, absorberNode: next.name,
          absorberDivides: next.opType == "Div")
      }
      if next.opType == "Add" {
        guard let other = next.inputs.first(where: { $0 != value }), let part = addend(other, channel, of: own) else {
          return nil
        }
        scaled.append(part)
      } else if !RescalingWalk.channelwise.contains(next.opType) || next.inputs.first != value {
        guard channel == nil, RescalingWalk.uniform.contains(next.opType), next.inputs.first == value else {
          return nil
        }
      }
      value = next.outputs[0]
    }
  }

  /// The largest magnitude of a constant, or of its channel.
  func largest(_ part: Part) -> Float {
    guard let tensor = constant(part.constant) else { return 0 }
    let extents = tensor.shape.dimensions
    let inner = part.channel.map { extents.dropFirst($0.axis + 1).reduce(1, *) } ?? 1
    var largest: Float = 0
    for (place, value) in tensor.array(of: Float.self).enumerated() {
      if let channel = part.channel, place / inner % extents[channel.axis] != channel.place { continue }
      largest = max(largest, value.magnitude)
    }
    return largest
  }

  // MARK: What nodes read

  /// A float32 constant that one node alone uses.
  private func constant(_ name: String) -> Tensor? {
    guard index.consumers(of: name).count == 1, !index.isGraphOutput(name) else { return nil }
    if let tensor = graph.initializers[name] { return tensor.elementType == .float32 ? tensor : nil }
    guard let place = index.producer(of: name), graph.nodes[place].opType == "Constant",
      case .tensor(let tensor)? = graph.nodes[place].attributes["value"], tensor.elementType == .float32
    else { return nil }
    return tensor
  }

  private func part(_ name: String, axis: Int, _ channel: Int?) -> Part? {
    guard let tensor = constant(name) else { return nil }
    guard let channel else { return Part(constant: name, channel: nil) }
    guard axis < tensor.shape.rank, channel < tensor.shape[axis] else { return nil }
    return Part(constant: name, channel: Rescaling.Channel(axis: axis, place: channel))
  }

  /// The weights that make the results of a layer.
  private func weights(of node: Node, output channel: Int?) -> Part? {
    guard node.domain.isEmpty, node.inputs.count >= 2 else { return nil }
    switch node.opType {
    case "Conv": return part(node.inputs[1], axis: 0, channel)
    case "Gemm": return part(node.inputs[1], axis: isTransposed(node) ? 0 : 1, channel)
    case "MatMul":
      guard constant(node.inputs[1])?.shape.rank == 2 else { return nil }
      return part(node.inputs[1], axis: 1, channel)
    case "Mul":
      guard channel == nil, let factor = node.inputs.first(where: { constant($0) != nil }) else { return nil }
      return Part(constant: factor, channel: nil)
    default: return nil
    }
  }

  /// The weights by which a layer reads `value`, if it is one that can take a factor back.
  private func absorber(_ node: Node, reading value: String, _ channel: Int?) -> Part? {
    guard node.inputs.count >= 2 else { return nil }
    switch node.opType {
    case "Conv":
      guard node.inputs[0] == value, let tensor = constant(node.inputs[1]), tensor.shape.rank >= 3 else { return nil }
      let groups = if case .int(let groups)? = node.attributes["group"] { groups } else { 1 }
      // Behind a group only the depthwise case is plain.
      guard channel == nil || groups == 1 || tensor.shape[1] == 1 && tensor.shape[0] == groups else { return nil }
      return part(node.inputs[1], axis: groups == 1 ? 1 : 0, channel)
    case "Gemm":
      if case .int(1)? = node.attributes["transA"] { return nil }
      guard node.inputs[0] == value else { return nil }
      return part(node.inputs[1], axis: isTransposed(node) ? 1 : 0, channel)
    case "MatMul":
      guard node.inputs[0] == value, constant(node.inputs[1])?.shape.rank == 2 else { return nil }
      return part(node.inputs[1], axis: 0, channel)
    case "Mul":
      guard channel == nil, let other = node.inputs.first(where: { $0 != value }) else { return nil }
      return part(other, axis: 0, nil)
    case "Div":
      guard channel == nil, node.inputs[0] == value else { return nil }
      return part(node.inputs[1], axis: 0, nil)
    default: return nil
    }
  }

  /// A constant that is added to the results of the layer that `weights` belong to.
  private func addend(_ name: String, _ channel: Int?, of weights: Part) -> Part? {
    guard let channel else { return part(name, axis: 0, nil) }
    guard let tensor = constant(name), let own = weights.channel, let matrix = constant(weights.constant) else {
      return nil
    }
    // One number for each channel, along an axis of its own.
    guard tensor.count == matrix.shape[own.axis], tensor.count > 1,
      let axis = tensor.shape.dimensions.firstIndex(of: tensor.count)
    else { return nil }
    return part(name, axis: axis, channel)
  }

  private func isTransposed(_ node: Node) -> Bool {
    if case .int(1)? = node.attributes["transB"] { true } else { false }
  }
}

extension Double {
  var binaryLogarithm: Double { log2(self) }
}
