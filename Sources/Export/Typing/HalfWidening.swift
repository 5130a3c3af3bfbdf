package import ONNX
package import TensorCore

extension Model {
  /// The network with float32 in place of 16-bit floats, and the nodes that round their results to those.
  ///
  /// Run with each of these nodes in its type and everything rounded after every operator, it computes what the typed
  /// network does, on the kernels that float32 networks run on: Casts become Identities whose results are rounded, or
  /// not. Nil for a network with 16-bit floats inside control flow, whose bodies no policy reaches.
  package func widened() -> (model: Model, rounding: [String: HalfType])? {
    let types = ElementTypes(graph)
    var model = self
    var rounding: [String: HalfType] = [:]
    for index in model.graph.nodes.indices {
      var node = model.graph.nodes[index]
      if let half = node.outputs.lazy.compactMap({ types[$0]?.half }).first {
        guard !node.hasSubgraphs else { return nil }
        rounding[node.name] = half
      }
      if node.opType == "Cast", let target = node.type("to"), target.half != nil || target == .float32 {
        node.attributes["to"] = .int(Int(ElementType.float32.onnx))
        if let source = node.input(0).flatMap({ types[$0] }), source.half != nil || source == .float32 {
          node.opType = "Identity"
          node.attributes = [:]
        }
      }
      for (key, value) in node.attributes {
        if case .tensor(let tensor) = value { node.attributes[key] = .tensor(tensor.widened) }
      }
      guard !node.subgraphs.contains(where: \.hasHalfConstants) else { return nil }
      model.graph.nodes[index] = node
    }
    model.graph.initializers = model.graph.initializers.mapValues(\.widened)
    for index in model.graph.inputs.indices { model.graph.inputs[index].widen() }
    for index in model.graph.outputs.indices { model.graph.outputs[index].widen() }
    for index in model.graph.values.indices { model.graph.values[index].widen() }
    for index in model.graph.overridableInputs.indices { model.graph.overridableInputs[index].widen() }
    return (model, rounding)
  }
}

extension Graph {
  fileprivate var hasHalfConstants: Bool {
    initializers.values.contains { $0.elementType.half != nil }
      || nodes.contains { node in
        node.opType == "Cast" && node.type("to")?.half != nil || node.subgraphs.contains(where: \.hasHalfConstants)
      }
  }
}

extension ElementType {
  fileprivate var half: HalfType? { HalfType.allCases.first { $0.elementType == self } }
}

extension ValueInfo {
  fileprivate mutating func widen() { if elementType?.half != nil { elementType = .float32 } }
}

extension Tensor {
  /// 16-bit floats as float32, exactly; other tensors as they are.
  package var widened: Tensor {
    switch elementType {
    case .float16: Tensor(array(of: Float16.self).map { Float($0) }, shape: shape)
    case .bfloat16: Tensor(array(of: BFloat16.self).map { Float($0) }, shape: shape)
    default: self
    }
  }
}
