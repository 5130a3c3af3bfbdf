import ONNX

/// Hands out names that nothing in a network has: neither values nor nodes, in no graph or function of it.
struct NamePool {
  private var taken: Set<String>

  init(_ model: Model) {
    taken = []
    add(model.graph)
    for function in model.functions {
      taken.formUnion(function.inputs)
      add(function.nodes)
    }
  }

  private mutating func add(_ graph: Graph) {
    taken.formUnion(graph.initializers.keys)
    for info in graph.inputs + graph.outputs + graph.overridableInputs { taken.insert(info.name) }
    add(graph.nodes)
  }

  private mutating func add(_ nodes: [Node]) {
    for node in nodes {
      taken.insert(node.name)
      taken.formUnion(node.outputs)
      for body in node.subgraphs { add(body) }
    }
  }

  /// `wanted`, or `wanted_2`, `wanted_3`, … where that is taken.
  mutating func name(_ wanted: String) -> String {
    var name = wanted, suffix = 2
    while !taken.insert(name).inserted {
      name = "\(wanted)_\(suffix)"
      suffix += 1
    }
    return name
  }
}
