extension Node {
  /// The bodies of a control-flow node, in the order of their attributes' names.
  package var subgraphs: [Graph] {
    var graphs: [Graph] = []
    for key in attributes.keys.sorted() {
      switch attributes[key] {
      case .graph(let graph): graphs.append(graph)
      case .graphs(let list): graphs += list
      default: break
      }
    }
    return graphs
  }

  /// Whether the node is one of control flow, with a body.
  package var hasSubgraphs: Bool {
    attributes.values.contains {
      switch $0 {
      case .graph, .graphs: true
      default: false
      }
    }
  }

  /// The names of all values that the node needs: its inputs that are given, then what its bodies take from around
  /// them. A name stands as often as it is used.
  package var usedValues: [String] {
    let names = inputs.filter { !$0.isEmpty }
    // Most nodes have no body, and listing bodies sorts.
    return hasSubgraphs ? names + subgraphs.flatMap(\.capturedValues) : names
  }
}

extension Graph {
  /// The names that a body uses and does not define, in order of first use: values of the graphs around it.
  package var capturedValues: [String] {
    var known = Set(initializers.keys)
    for input in inputs { known.insert(input.name) }
    for node in nodes { known.formUnion(node.outputs) }
    var captured: [String] = []
    for name in nodes.flatMap(\.usedValues) + outputs.map(\.name) where known.insert(name).inserted {
      captured.append(name)
    }
    return captured
  }
}
