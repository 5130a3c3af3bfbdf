import ONNX
import TensorCore

/// Builds networks of a few nodes.
struct SmallModel {
  var model: Model

  init(opset: Int, name: String = "small") {
    model = Model(graph: Graph(name: name), opsets: ["": opset])
    model.irVersion = 3
  }

  func input(_ name: String, _ extents: Int..., type: ElementType = .float32) -> SmallModel {
    var copy = self
    copy.model.graph.inputs.append(ValueInfo(name: name, elementType: type, shape: extents.map(Dimension.fixed)))
    return copy
  }

  func output(_ name: String, type: ElementType = .float32, rank: Int? = nil) -> SmallModel {
    var copy = self
    let shape = rank.map { [Dimension](repeating: .unknown, count: $0) }
    copy.model.graph.outputs.append(ValueInfo(name: name, elementType: type, shape: shape))
    return copy
  }

  func constant(_ name: String, _ values: [Float], _ extents: Int...) -> SmallModel {
    constant(name, Tensor(values, shape: Shape(extents)))
  }

  func constant(_ name: String, _ tensor: Tensor) -> SmallModel {
    var copy = self
    copy.model.graph.initializers[name] = tensor
    return copy
  }

  func node(
    _ opType: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Attribute] = [:],
    name: String? = nil, domain: String = ""
  ) -> SmallModel {
    var copy = self
    copy.model.graph.nodes.append(
      Node(
        name: name ?? outputs[0], opType: opType, domain: domain, inputs: inputs, outputs: outputs,
        attributes: attributes))
    return copy
  }
}

extension Attribute {
  static func text(_ text: String) -> Attribute { .string(Array(text.utf8)) }
}
