package import ONNX
import TensorCore

extension QuantizationPlan {
  /// Decides for `target` which operands of a graph are quantized, and to which grids. A pure function of its
  /// arguments.
  ///
  /// The rules, each after the builder's own documentation of explicit quantization:
  ///
  /// * Conv, ConvTranspose, Gemm and MatMul compute in INT8: their activation per tensor, constant weights per output
  ///   channel. The network's last product does so too; its result stays floating-point.
  /// * A bias is rounded to the unit of the sums that it is added to, so that kernels with biases in int32 and kernels
  ///   with biases in floating point add the same number: see ``BiasGrid``.
  /// * A residual Add runs in the epilogue of the last product that feeds it alone: the other operand is quantized,
  ///   that product's result is not. Of two products exactly one operand is quantized. An Add that no product feeds
  ///   stays in floating point. `onnxruntime` has no such epilogue: both operands are quantized.
  /// * Average pools read a quantized input. Max pools, reshapes, transpositions and the like pass a grid through: a
  ///   tensor behind them has the grid of the values that it shows, and quantizing before or after is the same.
  /// * Concat asks for nothing: its reader quantizes the whole. `onnxruntime` fuses a product only with a pair that stands
  ///   right behind it: there the product's part of a Concat is quantized before, on the grid of the whole.
  /// * `onnxruntime` has integer convolutions with a quantized result alone: where a product behind reads one through
  ///   operators that work element by element, they read it quantized, on its own grid.
  /// * Products of two activations (Mul) are quantized for `onnxruntime` and `openvino`; not where one is computed from the
  ///   other element by element, as in HardSwish and Gelu: that is an activation function written out.
  /// * Everything else, Softmax above all, stays in floating point.
  ///
  /// - Parameters:
  ///   - graph: With constants and BatchNormalizations folded; see ``ONNX/Model/preparedForQuantization(with:)``.
  ///   - ranges: By tensor. A tensor that merely shows another's values may be missing.
  ///   - keeping: Names of nodes that stay in higher precision: none of their operands is quantized.
  package init(
    _ graph: Graph, ranges: [String: ActivationRange], target: Target, keeping: Set<String> = []
  ) {
    let placement = Placement(graph, ranges: ranges, target: target, keeping: keeping)
    var nodes: [QuantizedNode] = []
    var kept: [KeptNode] = []
    for (place, node) in graph.nodes.enumerated() {
      switch placement.decide(place) {
      case .quantized(let operands, let isInteger):
        nodes.append(
          QuantizedNode(name: node.name, opType: node.opType, operands: operands, isInteger: isInteger))
      case .kept(let reason): kept.append(KeptNode(name: node.name, opType: node.opType, reason: reason))
      case .none: break
      }
    }
    self.init(target: target, nodes: nodes, kept: kept)
  }
}

/// The rules of placement over one graph.
private struct Placement {
  enum Outcome {
    case quantized([QuantizedOperand], isInteger: Bool)
    case kept(KeptNode.Reason)
  }

  let graph: Graph
  let index: GraphIndex
  let ranges: [String: ActivationRange]
  let target: Target
  let keeping: Set<String>
  /// The values that change with the numbers that are fed; to what depends on their shapes alone, an engine that fixes
  /// shapes is a constant.
  let dependent: Set<String>

  init(_ graph: Graph, ranges: [String: ActivationRange], target: Target, keeping: Set<String>) {
    self.graph = graph
    self.ranges = ranges
    self.target = target
    self.keeping = keeping
    index = GraphIndex(graph)
    var dependent = Set(graph.inputs.map(\.name))
    for node in graph.nodes where !["Shape", "Size"].contains(node.opType) {
      if node.usedValues.contains(where: dependent.contains) { dependent.formUnion(node.outputs) }
    }
    self.dependent = dependent.subtracting([""])
  }

  /// Nil for a node that no rule speaks of.
  func decide(_ place: Int) -> Outcome? {
    let outcome = decideByRole(place)
    if case .quantized? = outcome { return outcome }
    return convolutionOperands(place) ?? outcome
  }

  private func decideByRole(_ place: Int) -> Outcome? {
    let node = graph.nodes[place]
    let role = OperatorRole(node)
    let positions: [Int]
    switch role {
    case .product: positions = [0, 1]
    case .addition: positions = additionOperands(place)
    case .multiplication: positions = target == .tensorrt || isActivation(node) ? [] : [0, 1]
    case .average: positions = [0]
    case .selection: positions = feedsQuantized(place) ? [0] : []
    case .other where node.opType == "Concat": return concatOperands(place)
    case .view, .other: return nil
    }
    guard positions.allSatisfy({ $0 < node.inputs.count }), !node.inputs.isEmpty else { return nil }
    // Sums and products with constants are part of what stands around them.
    if role != .product, !positions.allSatisfy({ dependent.contains(node.inputs[$0]) }) { return nil }
    guard node.inputs.contains(where: dependent.contains) else { return nil }
    if keeping.contains(node.name) { return .kept(.asked) }
    guard !positions.isEmpty else { return role == .selection ? nil : .kept(.target) }
    var operands: [QuantizedOperand] = []
    for position in positions {
      switch operand(position, of: node, at: place) {
      case .success(let operand): operands.append(operand)
      case .failure(let unusable): return role == .selection ? nil : .kept(unusable.reason)
      }
    }
    if role == .product {
      if target == .onnxruntime { operands = BiasGrid.makingRoom(for: node, operands, in: graph) }
      if let bias = BiasGrid.operand(of: node, beside: operands, in: graph) { operands.append(bias) }
    }
    return .quantized(operands, isInteger: role != .selection)
  }

  private struct Unusable: Error {
    let reason: KeptNode.Reason
  }

  private func operand(
    _ position: Int, of node: Node, at place: Int
  ) -> Result<QuantizedOperand, Unusable> {
    let tensor = node.inputs[position]
    if let weights = graph.initializers[tensor], !dependent.contains(tensor) {
      let axis = position == 1 ? node.weightAxis(rank: weights.shape.rank) : nil
      let grid = axis.map { WeightGrid.perChannel(weights, axis: $0) } ?? WeightGrid.perTensor(weights)
      guard let grid else { return .failure(Unusable(reason: .operands)) }
      return .success(QuantizedOperand(input: position, tensor: tensor, role: .weight, grid: grid))
    }
    guard dependent.contains(tensor) else { return .failure(Unusable(reason: .operands)) }
    // A pool that picks values reads the grid of what it makes.
    let shown = OperatorRole(node) == .selection ? node.outputs[0] : tensor
    guard let range = range(of: shown), range.isUsable else {
      return .failure(Unusable(reason: .noRange(tensor: source(of: shown))))
    }
    let grid =
      target.isAsymmetric ? range.asymmetricGrid(isNonNegative: isNonNegative(shown)) : range.symmetricGrid
    return .success(QuantizedOperand(input: position, tensor: tensor, role: .activation, grid: grid))
  }

  // MARK: Ranges

  /// The tensor whose values `tensor` shows.
  private func source(of tensor: String) -> String {
    var name = tensor
    while let place = index.producer(of: name), OperatorRole(graph.nodes[place]) == .view,
      let input = graph.nodes[place].inputs.first, dependent.contains(input)
    {
      name = input
    }
    return name
  }

  /// The range of the values that `tensor` shows: that of their source, so that all views share one grid; its own, or
  /// that of a pool's input, where the calibration does not name the source.
  private func range(of tensor: String) -> ActivationRange? {
    let source = source(of: tensor)
    if let range = ranges[source] ?? ranges[tensor] { return range }
    guard let place = index.producer(of: source), OperatorRole(graph.nodes[place]) == .selection else { return nil }
    return range(of: graph.nodes[place].inputs[0])
  }

  /// Whether what makes the tensor leaves no value below 0, as far as the `depth` operators before it tell.
  private func isNonNegative(_ tensor: String, depth: Int = 6) -> Bool {
    guard depth > 0, let place = index.producer(of: source(of: tensor)) else { return false }
    let node = graph.nodes[place]
    switch node.opType {
    case "Relu", "Sigmoid", "Softmax", "HardSigmoid", "Exp", "Abs", "Softplus": return true
    case "Clip":
      if case .float(let least)? = node.attributes["min"] { return least >= 0 }
      guard node.inputs.count > 1, let least = graph.initializers[node.inputs[1]] else { return false }
      return least.elementType == .float32 && least.count == 1 && least.array(of: Float.self)[0] >= 0
    case "MaxPool", "GlobalMaxPool", "AveragePool", "GlobalAveragePool":
      return isNonNegative(node.inputs[0], depth: depth - 1)
    case "Concat": return node.inputs.allSatisfy { isNonNegative($0, depth: depth - 1) }
    default: return false
    }
  }

  // MARK: Neighbours

  /// For `onnxruntime`, which fuses a product only with a pair that stands right behind it: what nobody but a Concat
  /// reads of a product is quantized in front of the Concat, as those behind it read the whole.
  private func concatOperands(_ place: Int) -> Outcome? {
    let node = graph.nodes[place]
    guard target == .onnxruntime, node.domain.isEmpty, !keeping.contains(node.name), let output = node.outputs.first,
      let range = range(of: output), range.isUsable, isReadQuantized(output, throughPools: true)
    else { return nil }
    let grid = range.asymmetricGrid(isNonNegative: isNonNegative(output))
    let operands = node.inputs.indices.filter { isProductFor(place, node.inputs[$0]) }
      .map { QuantizedOperand(input: $0, tensor: node.inputs[$0], role: .activation, grid: grid) }
    return operands.isEmpty ? nil : .quantized(operands, isInteger: false)
  }

  /// Whether `value` is what a product makes, or an activation of it, that nobody but the node at `place` reads.
  private func isProductFor(_ place: Int, _ value: String) -> Bool {
    guard index.consumers(of: value) == [place], !index.isGraphOutput(value), let producer = index.producer(of: value),
      dependent.contains(value)
    else { return false }
    let node = graph.nodes[producer]
    if OperatorRole(node) == .product { return !keeping.contains(node.name) }
    return ["Relu", "Clip"].contains(node.opType) && isProductFor(producer, node.inputs[0])
  }

  /// For `onnxruntime`, which fuses a convolution only where every reader of its result reads it quantized.
  private func convolutionOperands(_ place: Int) -> Outcome? {
    let node = graph.nodes[place]
    guard target == .onnxruntime, !keeping.contains(node.name), !["Shape", "Size"].contains(node.opType) else {
      return nil
    }
    let operands = node.inputs.indices.compactMap { position -> QuantizedOperand? in
      let tensor = node.inputs[position]
      guard isConvolutionResult(tensor), let range = range(of: tensor), range.isUsable,
        isReadQuantized(tensor, throughPools: true, throughElements: true)
      else { return nil }
      let grid = range.asymmetricGrid(isNonNegative: isNonNegative(tensor))
      return QuantizedOperand(input: position, tensor: tensor, role: .activation, grid: grid)
    }
    return operands.isEmpty ? nil : .quantized(operands, isInteger: false)
  }

  /// Whether `value` is what the kernel of a quantized convolution makes, its activation included.
  private func isConvolutionResult(_ value: String) -> Bool {
    guard !index.isGraphOutput(value), let producer = index.producer(of: value), dependent.contains(value) else {
      return false
    }
    let node = graph.nodes[producer]
    if ["Relu", "Clip"].contains(node.opType), index.consumers(of: node.inputs[0]) == [producer] {
      return isConvolution(node.inputs[0])
    }
    let readers = index.consumers(of: value)
    if readers.count == 1, ["Relu", "Clip"].contains(graph.nodes[readers[0]].opType) { return false }
    return isConvolution(value)
  }

  /// Whether `value` is what a quantized convolution makes.
  private func isConvolution(_ value: String) -> Bool {
    guard let producer = index.producer(of: value), graph.nodes[producer].opType == "Conv",
      case .quantized? = decideByRole(producer)
    else { return false }
    return true
  }

  /// Whether a multiplication is part of an activation function written out, such as `x · sigmoid(x)`.
  private func isActivation(_ node: Node) -> Bool {
    node.inputs.count == 2 && node.inputs[0] != node.inputs[1]
      && (isFunction(node.inputs[0], of: node.inputs[1]) || isFunction(node.inputs[1], of: node.inputs[0]))
  }

  /// Whether `value` is computed from `source` and constants, element by element.
  private func isFunction(_ value: String, of source: String) -> Bool {
    var value = value
    while value != source {
      guard let producer = index.producer(of: value), graph.nodes[producer].isElementwise else { return false }
      let operands = graph.nodes[producer].inputs.filter(dependent.contains)
      guard operands.count == 1 else { return false }
      value = operands[0]
    }
    return true
  }

  /// Whether a product reads `value`, or values that it shows, as a quantized tensor; or values that pools pick from it,
  /// or that operators compute from it element by element.
  private func isReadQuantized(_ value: String, throughPools: Bool, throughElements: Bool = false) -> Bool {
    var pending = [value]
    var seen: Set<String> = []
    while let value = pending.popLast() {
      guard seen.insert(value).inserted else { continue }
      for consumer in index.consumers(of: value) where !keeping.contains(graph.nodes[consumer].name) {
        switch OperatorRole(graph.nodes[consumer]) {
        case .product, .average: return true
        case let role where role == .view || (throughPools && role == .selection):
          pending += graph.nodes[consumer].outputs.filter { !$0.isEmpty }
        default:
          if throughElements, graph.nodes[consumer].isElementwise { pending += graph.nodes[consumer].outputs }
        }
      }
    }
    return false
  }

  /// Which operands of a residual Add are quantized.
  private func additionOperands(_ place: Int) -> [Int] {
    guard target != .onnxruntime else { return [0, 1] }
    let node = graph.nodes[place]
    let fused = node.inputs.indices.filter { feedsAlone(node.inputs[$0], place) }
    // The product that is computed last: the other operand is there by then.
    let last = fused.max { (index.producer(of: node.inputs[$0]) ?? 0) < (index.producer(of: node.inputs[$1]) ?? 0) }
    guard let last else { return [] }
    return [1 - last]
  }

  /// Whether `value` is the result of a product and nobody but the node at `place` reads it.
  private func feedsAlone(_ value: String, _ place: Int) -> Bool {
    guard let producer = index.producer(of: value), OperatorRole(graph.nodes[producer]) == .product else {
      return false
    }
    return index.consumers(of: value) == [place] && !index.isGraphOutput(value)
      && graph.nodes[place].inputs.count { $0 == value } == 1 && !keeping.contains(graph.nodes[producer].name)
  }

  /// Whether a node behind the pool reads what it picks as a quantized tensor, and nobody else reads the pool's input.
  private func feedsQuantized(_ place: Int) -> Bool {
    let node = graph.nodes[place]
    guard index.consumers(of: node.inputs[0]) == [place], let output = node.outputs.first else { return false }
    return isReadQuantized(output, throughPools: false)
  }
}
