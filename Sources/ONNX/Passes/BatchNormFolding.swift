import TensorCore

extension Graph {
  /// The graph with each inference [BatchNormalization](https://onnx.ai/onnx/operators/onnx__BatchNormalization.html)
  /// folded into the Conv, ConvTranspose or Gemm before it.
  ///
  /// `y = (x - mean) · s + shift` with `s = scale / √(variance + epsilon)` per channel is linear, so it goes into
  /// weights and bias: `w' = w · s`, `b' = (b - mean) · s + shift`, computed in float64. The node keeps its name and
  /// makes the BatchNormalization's output; the value between them is gone. The new constants have names of their
  /// own, and the old ones stay until ``removingDeadNodes(keeping:)``.
  ///
  /// Left alone: training mode; a value between them that has another user, is a graph output or is in `kept`;
  /// parameters that are not float32 constants (overridable inputs count as constants); and whatever would not give
  /// finite weights.
  ///
  /// - Parameters:
  ///   - opsets: The model's.
  ///   - kept: Names of values that must stay.
  /// - Returns: The graph, and the names of the nodes that are gone with those that took them in, in graph order.
  package func foldingBatchNorm(
    opsets: [String: Int], keeping kept: Set<String> = []
  ) -> (graph: Graph, folded: [(batchNorm: String, into: String)]) {
    let opset = opsets[""] ?? 0
    let index = GraphIndex(self)
    var graph = self
    var producers: [String: Int] = [:]
    var gone: Set<Int> = []
    var folded: [(batchNorm: String, into: String)] = []
    for (place, node) in nodes.enumerated() {
      for output in node.outputs { producers[output] = place }
      guard let affine = ChannelAffine(node, in: self, opset: opset) else { continue }
      let value = node.inputs[0]
      guard let core = producers[value], graph.nodes[core].outputs.count == 1,
        index.consumers(of: value) == [place], !index.isGraphOutput(value), !kept.contains(value),
        let absorbed = absorb(affine, into: graph.nodes[core], constants: graph.initializers, opset: opset)
      else { continue }
      graph.nodes[core] = graph.withConstants(absorbed, suffix: node.name)
      graph.nodes[core].outputs = [node.outputs[0]]
      producers[node.outputs[0]] = core
      gone.insert(place)
      folded.append((node.name, graph.nodes[core].name))
    }
    graph.nodes = graph.nodes.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
    return (graph, folded)
  }

  /// Adds a node's new weights and bias under names that nothing else has, and returns the node that uses them.
  private mutating func withConstants(_ absorbed: Absorbed, suffix: String) -> Node {
    var node = absorbed.node
    if node.inputs.count < 3 { node.inputs.append("") }
    if node.inputs[2].isEmpty { node.inputs[2] = node.name + ".bias" }
    for (slot, tensor) in [(1, absorbed.weights), (2, absorbed.bias)] {
      var name = "\(node.inputs[slot])*\(suffix)"
      while isDefined(name) { name += "*" }
      initializers[name] = tensor
      node.inputs[slot] = name
    }
    return node
  }

  private func isDefined(_ name: String) -> Bool {
    initializers[name] != nil || inputs.contains { $0.name == name } || nodes.contains { $0.outputs.contains(name) }
  }
}

/// What a BatchNormalization does to each channel: `y = (x - mean) · scale + shift`.
private struct ChannelAffine {
  var scale: [Double]
  var mean: [Double]
  var shift: [Double]

  /// Nil unless `node` is an inference BatchNormalization with float32 constants.
  init?(_ node: Node, in graph: Graph, opset: Int) {
    guard node.opType == "BatchNormalization", node.domain.isEmpty, node.inputs.count == 5,
      node.outputs.first?.isEmpty == false, node.outputs.dropFirst().allSatisfy(\.isEmpty),
      node.int("training_mode", default: 0) == 0,
      // Before operator set 9 statistics could be per element, before 7 training was the default.
      node.int("spatial", default: 1) == 1,
      opset >= 7 || node.int("is_test", default: 0) == 1
    else { return nil }
    let parameters = node.inputs.dropFirst().compactMap { graph.initializers[$0]?.doubles }
    guard parameters.count == 4, Set(parameters.map(\.count)).count == 1 else { return nil }
    let epsilon = Double(node.float("epsilon", default: 1e-5))
    scale = zip(parameters[0], parameters[3]).map { $0 / ($1 + epsilon).squareRoot() }
    shift = parameters[1]
    mean = parameters[2]
  }

  /// The bias that takes in the affine, given the bias before it.
  func bias(_ bias: (Int) -> Double) -> [Double] {
    scale.indices.map { (bias($0) - mean[$0]) * scale[$0] + shift[$0] }
  }
}

/// A node and the constants that replace its second and third input.
private struct Absorbed {
  var node: Node
  var weights: Tensor
  var bias: Tensor
}

/// `node` with `affine` taken into its weights and bias, or nil where it is of another kind or does not allow it.
private func absorb(
  _ affine: ChannelAffine, into node: Node, constants: [String: Tensor], opset: Int
) -> Absorbed? {
  guard node.domain.isEmpty, 2...3 ~= node.inputs.count, let weights = constants[node.inputs[1]],
    let old = weights.doubles
  else { return nil }
  let channels = affine.scale.count, shape = weights.shape
  var bias: [Double]?
  if node.inputs.count == 3, !node.inputs[2].isEmpty {
    guard let tensor = constants[node.inputs[2]], let values = tensor.doubles else { return nil }
    // Gemm's third input may be one value for all channels, or a matrix, which would not fit a bias.
    let isRow = values.count == channels && tensor.shape.dimensions.last ?? 1 == channels
    guard isRow || values.count == 1 && node.opType == "Gemm" else { return nil }
    bias = values.count == channels ? values : Array(repeating: values[0], count: channels)
  }

  var node = node
  // The output channel of each weight: along one axis, or in ConvTranspose along one axis within each group.
  let channel: (Int) -> Int
  switch node.opType {
  case "Conv":
    guard shape.rank >= 3, shape[0] == channels else { return nil }
    let each = old.count / max(channels, 1)
    channel = { $0 / each }
  case "ConvTranspose":
    let group = node.int("group", default: 1)
    guard shape.rank >= 3, group > 0, shape[0].isMultiple(of: group),
      shape[1].multipliedReportingOverflow(by: group) == (channels, false)
    else { return nil }
    let kernel = shape.dimensions.dropFirst(2).reduce(1, *), perGroup = shape[1], inputsPerGroup = shape[0] / group
    channel = { $0 / (kernel * perGroup) / inputsPerGroup * perGroup + $0 / kernel % perGroup }
  case "Gemm":
    // Before operator set 7 an attribute said whether the third input is broadcast.
    guard opset >= 7, shape.rank == 2 else { return nil }
    let isTransposed = node.int("transB", default: 0) != 0
    guard shape[isTransposed ? 0 : 1] == channels else { return nil }
    let columns = shape[1]
    channel = isTransposed ? { $0 / columns } : { $0 % columns }
    let beta = Double(node.float("beta", default: 1))
    bias = bias?.map { $0 * beta }
    node.attributes["beta"] = nil
  default: return nil
  }
  let new = old.enumerated().map { Float($1 * affine.scale[channel($0)]) }
  let newBias = affine.bias { bias?[$0] ?? 0 }.map { Float($0) }
  guard new.allSatisfy(\.isFinite), newBias.allSatisfy(\.isFinite) else { return nil }
  return Absorbed(
    node: node, weights: Tensor(new, shape: shape), bias: Tensor(newBias, shape: [channels]))
}

extension Tensor {
  /// The elements of a float32 tensor, or nil for another.
  fileprivate var doubles: [Double]? { elementType == .float32 ? array(of: Float.self).map(Double.init) : nil }
}
