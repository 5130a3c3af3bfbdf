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
    folding(opsets: opsets, keeping: kept) { node, opset in ChannelAffine(node, in: self, opset: opset) }
  }

  /// The graph with each inference BatchNormalization, and each Mul and Add of a constant by channel, folded into the
  /// Conv, ConvTranspose or Gemm before it; see ``foldingBatchNorm(opsets:keeping:)``.
  package func foldingChannelAffines(opsets: [String: Int]) -> Graph {
    folding(opsets: opsets, keeping: []) { node, opset in
      ChannelAffine(node, in: self, opset: opset) ?? ChannelAffine(constantOf: node, in: self, opset: opset)
    }.graph
  }

  private func folding(
    opsets: [String: Int], keeping kept: Set<String>, _ affine: (Node, Int) -> ChannelAffine?
  ) -> (graph: Graph, folded: [(batchNorm: String, into: String)]) {
    let opset = opsets[""] ?? 0
    let index = GraphIndex(self)
    var graph = self
    var producers: [String: Int] = [:]
    var gone: Set<Int> = []
    var folded: [(batchNorm: String, into: String)] = []
    for (place, node) in nodes.enumerated() {
      for output in node.outputs { producers[output] = place }
      guard let affine = affine(node, opset) else { continue }
      let value = affine.value
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
    for case (let slot, let tensor?) in [(1, absorbed.weights), (2, absorbed.bias)] {
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

/// What a node does to each channel of a value: `y = (x - mean) · scale + shift`.
private struct ChannelAffine {
  /// The value's name.
  var value: String
  /// Of constants by channel, the axis from the end along which they lie; nil for the channels of any value.
  var axisFromEnd: Int?
  /// One number for each channel, or one for all.
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
    value = node.inputs[0]
    let epsilon = Double(node.float("epsilon", default: 1e-5))
    scale = zip(parameters[0], parameters[3]).map { $0 / ($1 + epsilon).squareRoot() }
    shift = parameters[1]
    mean = parameters[2]
  }

  /// Nil unless `node` multiplies by a float32 constant or adds one, of one number or of one for each place of one axis.
  init?(constantOf node: Node, in graph: Graph, opset: Int) {
    // Before operator set 7 an attribute said how operands are broadcast.
    guard ["Mul", "Add"].contains(node.opType), node.domain.isEmpty, opset >= 7, node.inputs.count == 2,
      let place = node.inputs.firstIndex(where: { graph.initializers[$0] != nil }),
      graph.initializers[node.inputs[1 - place]] == nil, let constant = graph.initializers[node.inputs[place]],
      let numbers = constant.doubles, constant.shape.dimensions.count(where: { $0 != 1 }) <= 1, !numbers.isEmpty
    else { return nil }
    value = node.inputs[1 - place]
    let zeros = Array(repeating: 0.0, count: numbers.count)
    mean = zeros
    scale = node.opType == "Mul" ? numbers : zeros.map { _ in 1 }
    shift = node.opType == "Mul" ? zeros : numbers
    // A constant of more axes than the value would add axes to it.
    let axis = constant.shape.dimensions.firstIndex { $0 != 1 } ?? constant.shape.rank - 1
    axisFromEnd = constant.shape.rank - axis
    rank = constant.shape.rank
  }

  /// The axes of the constants; 0 where they are no tensor that is broadcast.
  private var rank = 0

  /// The same with a number for each of `channels`, for a value of `rank` axes of which the channels are the one at
  /// `axisFromEnd`; nil where the constants lie otherwise.
  func spread(over channels: Int, rank: Int, axisFromEnd: Int) -> ChannelAffine? {
    guard self.rank <= rank else { return nil }
    if scale.count == channels, self.axisFromEnd ?? axisFromEnd == axisFromEnd { return self }
    guard scale.count == 1, self.axisFromEnd != nil else { return nil }
    var all = self
    all.scale = Array(repeating: scale[0], count: channels)
    all.mean = Array(repeating: mean[0], count: channels)
    all.shift = Array(repeating: shift[0], count: channels)
    return all
  }

  /// The bias that takes in the affine, given the bias before it.
  func bias(_ bias: (Int) -> Double) -> [Double] {
    scale.indices.map { (bias($0) - mean[$0]) * scale[$0] + shift[$0] }
  }
}

/// A node and the constants that replace its second and third input; no weights where they stay as they are.
private struct Absorbed {
  var node: Node
  var weights: Tensor?
  var bias: Tensor
}

/// `node` with `affine` taken into its weights and bias, or nil where it is of another kind or does not allow it.
private func absorb(
  _ affine: ChannelAffine, into node: Node, constants: [String: Tensor], opset: Int
) -> Absorbed? {
  guard node.domain.isEmpty, 2...3 ~= node.inputs.count, let weights = constants[node.inputs[1]],
    let old = weights.doubles
  else { return nil }
  let shape = weights.shape
  guard shape.rank >= 2, let channels = outputChannels(node, shape),
    let affine = affine.spread(over: channels, rank: shape.rank, axisFromEnd: shape.rank - 1)
  else { return nil }
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
    let each = max(old.count / max(channels, 1), 1)
    channel = { $0 / each }
  case "ConvTranspose":
    let kernel = shape.dimensions.dropFirst(2).reduce(1, *), perGroup = shape[1]
    let inputsPerGroup = shape[0] / (channels / perGroup)
    channel = { $0 / (kernel * perGroup) / inputsPerGroup * perGroup + $0 / kernel % perGroup }
  case "Gemm":
    // Before operator set 7 an attribute said whether the third input is broadcast.
    guard opset >= 7 else { return nil }
    let isTransposed = node.int("transB", default: 0) != 0
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
    node: node, weights: affine.scale.allSatisfy { $0 == 1 } ? nil : Tensor(new, shape: shape),
    bias: Tensor(newBias, shape: [channels]))
}

/// How many output channels a product with weights of `shape` has; nil for another operator and for impossible weights.
private func outputChannels(_ node: Node, _ shape: Shape) -> Int? {
  switch node.opType {
  case "Conv" where shape.rank >= 3: return shape[0]
  case "ConvTranspose" where shape.rank >= 3:
    let group = node.int("group", default: 1)
    guard group > 0, shape[0].isMultiple(of: group), shape[1] > 0 else { return nil }
    let (channels, overflows) = shape[1].multipliedReportingOverflow(by: group)
    return overflows ? nil : channels
  case "Gemm" where shape.rank == 2: return shape[node.int("transB", default: 0) != 0 ? 0 : 1]
  default: return nil
  }
}

extension Tensor {
  /// The elements of a float32 tensor, or nil for another.
  fileprivate var doubles: [Double]? { elementType == .float32 ? array(of: Float.self).map(Double.init) : nil }
}
