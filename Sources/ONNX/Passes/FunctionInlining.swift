/// A call of one of a model's own functions that cannot be replaced by its body.
package struct FunctionError: Error, Equatable, CustomStringConvertible {
  /// The node that calls.
  package let node: String
  /// *place: what was expected, what was found; what to do*.
  package let description: String
}

extension Model {
  /// The model with every node that calls one of its own functions replaced by the function's nodes.
  ///
  /// What a body makes is called after the calling node: `node/value`. Nodes keep the operator sets that the function
  /// imports. A function goes before an operator of its name, as
  /// [ONNX](https://onnx.ai/onnx/repo-docs/IR.html#functions) asks.
  package func inliningFunctions() throws(FunctionError) -> Model {
    guard !functions.isEmpty else { return self }
    var model = self
    var inliner = FunctionInliner(self)
    model.graph = try inliner.inlined(graph, depth: 0)
    model.functions = []
    return model
  }
}

private struct FunctionInliner {
  private struct Key: Hashable {
    let domain: String
    let name: String
    let overload: String
  }

  /// Functions that call one another deeper than this are taken to call themselves.
  private static let maximumDepth = 32
  /// A few functions that call each other twice could ask for any number of nodes.
  private static let maximumNodeCount = 1 << 20

  private let functions: [Key: Function]
  /// Every value's name, so that no two values get one.
  private var taken: Set<String>
  private var nodeCount = 0

  init(_ model: Model) {
    var functions: [Key: Function] = [:]
    for function in model.functions {
      functions[Key(domain: function.domain, name: function.name, overload: function.overload)] = function
    }
    self.functions = functions
    taken = model.graph.valueNames
  }

  /// The graph, the body of a control-flow node too, without calls.
  mutating func inlined(_ graph: Graph, depth: Int) throws(FunctionError) -> Graph {
    var graph = graph
    graph.nodes = try inlined(graph.nodes, depth: depth)
    return graph
  }

  private mutating func inlined(_ nodes: [Node], depth: Int) throws(FunctionError) -> [Node] {
    var result: [Node] = []
    for node in nodes {
      guard let function = functions[Key(domain: node.domain, name: node.opType, overload: node.overload)] else {
        result.append(try withInlinedBodies(node, depth: depth))
        continue
      }
      guard depth < FunctionInliner.maximumDepth else {
        throw FunctionError(
          node: node.name,
          description: "function '\(function.name)': expected functions that do not call themselves, found more than "
            + "\(FunctionInliner.maximumDepth) calls inside each other; re-export the network")
      }
      result += try inlined(try body(of: function, for: node), depth: depth + 1)
    }
    return result
  }

  private mutating func withInlinedBodies(_ node: Node, depth: Int) throws(FunctionError) -> Node {
    guard node.hasSubgraphs else { return node }
    var node = node
    for key in node.attributes.keys.sorted() {
      switch node.attributes[key] {
      case .graph(let graph): node.attributes[key] = .graph(try inlined(graph, depth: depth))
      case .graphs(let graphs):
        var bodies: [Graph] = []
        for graph in graphs { bodies.append(try inlined(graph, depth: depth)) }
        node.attributes[key] = .graphs(bodies)
      default: break
      }
    }
    return node
  }

  /// The function's nodes with its formal names replaced by those of the call.
  private mutating func body(of function: Function, for node: Node) throws(FunctionError) -> [Node] {
    guard node.inputs.count <= function.inputs.count, node.outputs.count <= function.outputs.count else {
      throw FunctionError(
        node: node.name,
        description: "function '\(function.name)': expected at most \(function.inputs.count) inputs and "
          + "\(function.outputs.count) outputs, found \(node.inputs.count) and \(node.outputs.count); "
          + "re-export the network")
    }
    nodeCount += function.nodes.count
    guard nodeCount <= FunctionInliner.maximumNodeCount else {
      throw FunctionError(
        node: node.name,
        description: "function '\(function.name)': expected at most \(FunctionInliner.maximumNodeCount) nodes in all "
          + "functions' bodies, found more; re-export the network")
    }
    var names: [String: String] = [:]
    for (index, input) in function.inputs.enumerated() {
      names[input] = index < node.inputs.count ? node.inputs[index] : ""
    }
    var copies: [Node] = []
    for (output, actual) in zip(function.outputs, node.outputs) where !actual.isEmpty {
      if let known = names[output] {
        // A function may hand an input through, or name an output twice.
        copies.append(Node(name: "\(node.name)/\(actual)", opType: "Identity", inputs: [known], outputs: [actual]))
      } else {
        names[output] = actual
      }
    }
    let attributes = function.attributeDefaults.merging(node.attributes) { $1 }
    var renaming = Renaming(names: names, prefix: prefix(for: node, function), attributes: attributes)
    renaming.opsets = function.opsets
    return function.nodes.map(renaming.renamed) + copies
  }

  /// What goes before the names of a body, such that no name is another value's.
  private mutating func prefix(for node: Node, _ function: Function) -> String {
    let inner = Graph.valueNames(function.nodes)
    var prefix = node.name + "/", attempt = 1
    while inner.contains(where: { taken.contains(prefix + $0) }) {
      attempt += 1
      prefix = "\(node.name)/\(attempt)/"
    }
    for name in inner { taken.insert(prefix + name) }
    return prefix
  }
}

/// How the nodes of a function are called where it is inlined.
private struct Renaming {
  let names: [String: String]
  let prefix: String
  let attributes: [String: Attribute]
  var opsets: [String: Int] = [:]

  func renamed(_ node: Node) -> Node {
    var node = node
    node.name = prefix + node.name
    node.inputs = node.inputs.map(renamed)
    node.outputs = node.outputs.map(renamed)
    node.opset = node.opset ?? opsets[node.domain]
    for (key, value) in node.attributes {
      switch value {
      // Without a value the attribute counts as not given.
      case .reference(let name): node.attributes[key] = attributes[name]
      case .graph(let graph): node.attributes[key] = .graph(renamed(graph))
      case .graphs(let graphs): node.attributes[key] = .graphs(graphs.map(renamed))
      default: break
      }
    }
    return node
  }

  private func renamed(_ name: String) -> String { name.isEmpty ? "" : names[name] ?? prefix + name }

  private func renamed(_ value: ValueInfo) -> ValueInfo {
    var value = value
    value.name = renamed(value.name)
    return value
  }

  private func renamed(_ graph: Graph) -> Graph {
    var graph = graph
    graph.inputs = graph.inputs.map(renamed)
    graph.overridableInputs = graph.overridableInputs.map(renamed)
    graph.outputs = graph.outputs.map(renamed)
    graph.values = graph.values.map(renamed)
    graph.initializers = Dictionary(graph.initializers.map { (renamed($0), $1) }) { $1 }
    graph.nodes = graph.nodes.map(renamed)
    return graph
  }
}

extension Graph {
  /// Every name that stands for a value here or in a body inside.
  fileprivate var valueNames: Set<String> {
    Graph.valueNames(nodes).union(initializers.keys).union(inputs.map(\.name)).union(outputs.map(\.name))
  }

  fileprivate static func valueNames(_ nodes: [Node]) -> Set<String> {
    var names: Set<String> = []
    for node in nodes {
      names.formUnion(node.inputs)
      names.formUnion(node.outputs)
      for graph in node.subgraphs { names.formUnion(graph.valueNames) }
    }
    names.remove("")
    return names
  }
}
