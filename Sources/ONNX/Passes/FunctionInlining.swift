extension Model {
  /// How many nodes inlining may make; calls that are left after that stay as they are.
  package static let largestInlinedNodeCount = 1 << 20
  /// How deep functions may call each other.
  package static let largestCallDepth = 32

  /// The model with every call of one of its own functions replaced by the function's body.
  ///
  /// An inlined node is called after the calling node and its own name, `caller/inner`, and so are the values inside. A
  /// function that calls itself, which ONNX forbids, is inlined ``largestCallDepth`` times; what is left is then an operator
  /// that nobody knows.
  package func inliningFunctions() -> Model {
    guard !functions.isEmpty else { return self }
    var inliner = FunctionInliner(self)
    var model = self
    model.graph = inliner.inlined(graph, depth: 0)
    model.functions = []
    return model
  }
}

/// Replaces calls by bodies, one graph after the other.
private struct FunctionInliner {
  private struct Key: Hashable {
    let domain: String
    let name: String
    let overload: String
  }

  private let functions: [Key: Function]
  private let opsets: [String: Int]
  private var nodeCount = 0

  init(_ model: Model) {
    functions = Dictionary(
      model.functions.map { (Key(domain: $0.domain, name: $0.name, overload: $0.overload), $0) },
      uniquingKeysWith: { first, _ in first })
    opsets = model.opsets
  }

  mutating func inlined(_ graph: Graph, depth: Int) -> Graph {
    var result = graph
    var taken = Set(graph.inputs.map(\.name)).union(graph.initializers.keys)
    for node in graph.nodes { taken.formUnion(node.inputs + node.outputs) }
    result.nodes = inlined(graph.nodes, depth: depth, taken: &taken)
    return result
  }

  private mutating func inlined(_ nodes: [Node], depth: Int, taken: inout Set<String>) -> [Node] {
    var result: [Node] = []
    for node in nodes {
      let key = Key(domain: node.domain, name: node.opType, overload: node.overload)
      if let function = functions[key], depth < Model.largestCallDepth, nodeCount < Model.largestInlinedNodeCount {
        let body = expanded(function, calledBy: node, taken: &taken)
        nodeCount += body.count
        result += inlined(body, depth: depth + 1, taken: &taken)
      } else {
        var node = node
        for (key, value) in node.attributes { node.attributes[key] = inlinedBodies(value, depth: depth) }
        result.append(node)
      }
    }
    return result
  }

  private mutating func inlinedBodies(_ attribute: Attribute, depth: Int) -> Attribute {
    switch attribute {
    case .graph(let graph): return .graph(inlined(graph, depth: depth))
    case .graphs(let graphs):
      var result: [Graph] = []
      for graph in graphs { result.append(inlined(graph, depth: depth)) }
      return .graphs(result)
    default: return attribute
    }
  }

  /// The function's nodes with the caller's names and attributes in the place of the formal ones.
  private func expanded(_ function: Function, calledBy caller: Node, taken: inout Set<String>) -> [Node] {
    var names: [String: String] = ["": ""]
    for (index, formal) in function.inputs.enumerated() {
      names[formal] = index < caller.inputs.count ? caller.inputs[index] : ""
    }
    var copies: [Node] = []
    for (index, formal) in function.outputs.enumerated() {
      let actual = index < caller.outputs.count ? caller.outputs[index] : ""
      if let passed = names[formal], !actual.isEmpty {
        // An input that is an output too keeps its own name.
        copies.append(Node(name: "\(caller.name)/\(formal)", opType: "Identity", inputs: [passed], outputs: [actual]))
      } else if !actual.isEmpty {
        names[formal] = actual
      }
    }
    for node in function.nodes {
      for name in node.outputs where names[name] == nil {
        var fresh = "\(caller.name)/\(name)"
        while !taken.insert(fresh).inserted { fresh += "'" }
        names[name] = fresh
      }
    }
    let attributes = function.attributeDefaults.merging(caller.attributes) { _, given in given }
    let nodes = function.nodes.map { node in
      var node = node.replacing(names: names, attributes: attributes)
      node.name = "\(caller.name)/\(node.name)"
      let version = function.opsets[node.domain]
      if node.opset == nil, version != opsets[node.domain] { node.opset = version }
      return node
    }
    return nodes + copies
  }
}

extension Node {
  /// The node with other names for values, and values in the place of references to attributes.
  ///
  /// A reference to an attribute that is not there is left out, as if the attribute were not given.
  fileprivate func replacing(names: [String: String], attributes given: [String: Attribute]) -> Node {
    var node = self
    node.inputs = inputs.map { names[$0] ?? $0 }
    node.outputs = outputs.map { names[$0] ?? $0 }
    for (key, value) in attributes {
      switch value {
      case .reference(let name): node.attributes[key] = given[name]
      case .graph(let graph): node.attributes[key] = .graph(graph.replacing(names: names, attributes: given))
      case .graphs(let graphs):
        node.attributes[key] = .graphs(graphs.map { $0.replacing(names: names, attributes: given) })
      default: break
      }
    }
    return node
  }
}

extension Graph {
  /// The body with other names for what it takes from around it; names of its own hide those.
  fileprivate func replacing(names: [String: String], attributes: [String: Attribute]) -> Graph {
    var names = names
    for name in inputs.map(\.name) + initializers.keys + nodes.flatMap(\.outputs) { names[name] = nil }
    names[""] = ""
    var graph = self
    graph.nodes = nodes.map { $0.replacing(names: names, attributes: attributes) }
    graph.outputs = outputs.map { output in
      var output = output
      output.name = names[output.name] ?? output.name
      return output
    }
    return graph
  }
}
