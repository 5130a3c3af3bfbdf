extension Graph {
  /// The graph without the nodes and constants that no output needs.
  ///
  /// Inputs stay, for a caller feeds them all the same; an overridable input goes with its constant. Bodies of
  /// control-flow nodes stay as they are.
  /// - Parameter kept: Names of further values to keep, with all that they need.
  package func removingDeadNodes(keeping kept: Set<String> = []) -> Graph {
    var needed = kept.union(outputs.map(\.name))
    var live: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: { !$0.isEmpty && needed.contains($0) }) {
      needed.formUnion(node.usedValues)
      live.append(node)
    }
    var graph = self
    graph.nodes = live.reversed()
    graph.initializers = initializers.filter { needed.contains($0.key) }
    graph.overridableInputs = overridableInputs.filter { needed.contains($0.name) }
    let defined = Set(live.flatMap(\.outputs)).union(graph.initializers.keys).union(inputs.map(\.name))
    graph.values = values.filter { defined.contains($0.name) }
    return graph
  }
}
