/// Who makes and who uses each value of a graph. A snapshot: it does not follow later changes to the graph.
///
/// Nodes are told by their places in ``Graph/nodes``. What a body takes from around it counts as used by the node that
/// the body belongs to.
package struct GraphIndex: Sendable {
  private let producers: [String: Int]
  private let users: [String: [Int]]
  private let outputs: Set<String>

  /// Takes time in proportion to the graph's size.
  package init(_ graph: Graph) {
    var producers: [String: Int] = [:]
    var users: [String: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producers[output] = index }
      for value in node.usedValues where users[value]?.last != index { users[value, default: []].append(index) }
    }
    self.producers = producers
    self.users = users
    outputs = Set(graph.outputs.map(\.name))
  }

  /// The node whose output `value` is, or nil for an input, an initializer or an unknown name.
  package func producer(of value: String) -> Int? { producers[value] }

  /// The nodes that use `value`, each once, in ascending order.
  package func consumers(of value: String) -> [Int] { users[value] ?? [] }

  package func isGraphOutput(_ value: String) -> Bool { outputs.contains(value) }
}

extension Graph {
  /// The names of all values that change with what is fed: the inputs, and the outputs of every node that needs one of
  /// these. Overridable inputs count as the constants that they are unless overridden.
  ///
  /// The nodes must stand in topological order.
  package var valuesDependingOnInputs: Set<String> {
    var dependent = Set(inputs.map(\.name))
    for node in nodes where node.usedValues.contains(where: dependent.contains) {
      dependent.formUnion(node.outputs)
    }
    dependent.remove("")
    return dependent
  }
}
