import ONNX
import TensorCore

/// Which nodes of a graph compute in the type of 16 bits, and which in float32.
struct TypeAssignment {
  /// For each node: whether it computes in the type of 16 bits. False for one without floats.
  let isHalf: [Bool]
  /// Why a node with floats stays in float32; nil for the others.
  let reasons: [TypedNetwork.KeptNode.Reason?]

  init(
    _ graph: Graph, types: ElementTypes, outer: GraphTyping.Surroundings?, options: TypingOptions, keepsIOTypes: Bool
  ) throws(ExportError) {
    var constants = outer?.constants ?? [:]
    constants.merge(graph.initializers) { $1 }
    for node in graph.nodes { if let value = node.constantValue { constants[node.outputs[0]] = value } }
    var bound: [MinimumCut.Member?] = []
    var reasons: [TypedNetwork.KeptNode.Reason?] = []
    for node in graph.nodes {
      let reason = try Self.reasonToKeep(node, types: types, constants: constants, options: options)
      let hasFloats = Self.hasFloats(node, types)
      reasons.append(hasFloats ? reason : nil)
      if reason != nil {
        bound.append(.second)
      } else if HalfSupport.movers.contains(node.opType) || !hasFloats {
        bound.append(nil)
      } else {
        bound.append(.first)
      }
    }

    // The readers and the maker of each float32 value are a group: it costs a Cast unless all are on one side.
    var groups: [String: Set<MinimumCut.Member>] = [:]
    func member(_ place: Int) -> MinimumCut.Member { bound[place] ?? .free(place) }
    let border: MinimumCut.Member = keepsIOTypes ? .second : .first
    for input in graph.inputs where types[input.name] == .float32 { groups[input.name] = [border] }
    for (place, node) in graph.nodes.enumerated() where node.constantValue == nil {
      for (position, output) in node.outputs.enumerated() where types[output] == .float32 {
        groups[output, default: []].insert(
          HalfSupport.isAlwaysFull(node, output: position) ? .second : member(place))
      }
      guard !HalfSupport.shapeReaders.contains(node.opType) else { continue }
      for (position, input) in node.inputs.enumerated() where types[input] == .float32 && constants[input] == nil {
        groups[input, default: outerSide(input, outer)].insert(
          HalfSupport.isAlwaysFull(node, input: position) ? .second : member(place))
      }
    }
    for output in graph.outputs where types[output.name] == .float32 && constants[output.name] == nil {
      groups[output.name, default: outerSide(output.name, outer)].insert(border)
    }
    var cut = MinimumCut(count: graph.nodes.count)
    for name in groups.keys.sorted() { cut.add(groups[name] ?? []) }
    let second = cut.secondSide()
    isHalf = graph.nodes.indices.map { place in
      bound[place] == .first
        || bound[place] == nil && !second.contains(place) && Self.hasFloats(graph.nodes[place], types)
    }
    for place in graph.nodes.indices where bound[place] == nil && second.contains(place) {
      if Self.hasFloats(graph.nodes[place], types) { reasons[place] = .fewerCasts }
    }
    self.reasons = reasons
  }

  private static func hasFloats(_ node: Node, _ types: ElementTypes) -> Bool {
    node.constantValue == nil && (node.inputs + node.outputs).contains { types[$0] == .float32 }
  }

  /// Why the node must stay in float32; nil where it need not.
  private static func reasonToKeep(
    _ node: Node, types: ElementTypes, constants: [String: Tensor], options: TypingOptions
  ) throws(ExportError) -> TypedNetwork.KeptNode.Reason? {
    if node.constantValue != nil || HalfSupport.shapeReaders.contains(node.opType) { return nil }
    if options.kept.contains(node.name) { return .asked }
    if node.hasSubgraphs { return .controlFlow }
    if HalfSupport.opset(for: node, options.half) == nil { return .unsupported }
    if (node.inputs + node.outputs).contains(where: { !$0.isEmpty && types[$0] == nil }) { return .untyped }
    if ["QuantizeLinear", "DequantizeLinear"].contains(node.opType) {
      guard let scale = node.input(1).flatMap({ constants[$0] }), scale.elementType == .float32,
        scale.array(of: Float.self).allSatisfy(options.half.isExactlyNormal)
      else { return .scale }
      return nil
    }
    guard options.overflow != .saturate else { return nil }
    for (position, input) in node.inputs.enumerated() where !HalfSupport.isAlwaysFull(node, input: position) {
      guard let tensor = constants[input], tensor.elementType == .float32 else { continue }
      let large = tensor.array(of: Float.self).filter(options.half.overflows)
      guard let first = large.first else { continue }
      if options.overflow == .keep { return .overflow }
      throw .overflow(tensor: input, value: first, count: large.count, type: options.half.elementType.rawValue)
    }
    return nil
  }
}

/// On which side a value from around a body lies.
private func outerSide(_ value: String, _ outer: GraphTyping.Surroundings?) -> Set<MinimumCut.Member> {
  guard let type = outer?.current[value] else { return [] }
  return [type == .float32 ? .second : .first]
}
