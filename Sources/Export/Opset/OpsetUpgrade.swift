package import ONNX
package import TensorCore

/// Brings networks to later versions of the standard operators.
///
/// Each version of the operator set that changed the meaning of an operator is applied in turn, 7 to ``newest``, to the
/// network, the bodies of control flow and the model's own functions. Operators that a version merely widened (more
/// element types, negative axes, new attributes whose default is the old meaning) stay as they are. Source: the change
/// logs of [the operators](https://onnx.ai/onnx/operators/).
package enum OpsetUpgrade {
  /// The newest operator set that networks are brought to.
  package static let newest = 22

  /// All changes, in no order that matters.
  static let changes: [OperatorChange] =
    broadcastingChanges + preluChanges + gemmChanges + batchNormalizationChanges + dropoutChanges + upsampleChanges
    + recurrentChanges + scanChanges + sliceChanges + topKChanges + clipChanges + padChanges + resizeChanges
    + scatterChanges + softmaxChanges + axesChanges + splitChanges + roiAlignChanges + gridSampleChanges + dftChanges
    + groupNormalizationChanges

  fileprivate static let changesByOperator: [String: [OperatorChange]] = {
    var table: [String: [OperatorChange]] = [:]
    for change in changes { for opType in change.opTypes { table[opType, default: []].append(change) } }
    return table.mapValues { $0.sorted { $0.since < $1.since } }
  }()

  /// `model` with operators of at least version `opset`; unchanged where it has them already.
  ///
  /// - Parameters:
  ///   - types: Types of values from elsewhere, such as a plan for the network: a few old operators cannot be told
  ///     without rank or element type.
  /// - Throws: ``OpsetError`` for the first node that has no equal there.
  package static func upgrade(
    _ model: Model, to opset: Int, types: [String: TensorType] = [:]
  ) throws(OpsetError) -> Model {
    precondition(opset <= newest, "operator sets are known up to \(newest)")
    let found = model.opsets[""] ?? opset
    // Nodes of functions that were inlined say their own set: all come to the latest one.
    let newestNode = model.graph.newestOpset
    let target = max(found, opset, newestNode ?? opset)
    var model = model
    var upgrader = Upgrader(names: NamePool(model), known: types, target: target)
    if found < opset || newestNode != nil {
      model.graph = try upgrader.upgraded(model.graph, from: found, outer: nil)
      model.opsets[""] = target
      model.irVersion = max(model.irVersion, irVersion(forOpset: target))
    }
    upgrader.target = opset
    for index in model.functions.indices {
      let from = model.functions[index].opsets[""] ?? found
      guard from < opset, model.functions[index].opsets[""] != nil else { continue }
      model.functions[index].nodes = try upgrader.upgraded(functionNodes: model.functions[index].nodes, from: from)
      model.functions[index].opsets[""] = opset
    }
    return model
  }

  /// The version of the file format that came with an operator set; readers refuse a later set in an earlier file.
  package static func irVersion(forOpset opset: Int) -> Int {
    switch opset {
    case ...8: 3
    case 9: 4
    case 10: 5
    case 11: 6
    case 12...14: 7
    case 15...18: 8
    case 19...20: 9
    default: 10
    }
  }

  fileprivate struct Upgrader {
    var names: NamePool
    let known: [String: TensorType]
    var target: Int

    mutating func upgraded(_ graph: Graph, from: Int, outer: Context?) throws(OpsetError) -> Graph {
      var graph = graph
      let context = Context(graph, outer: outer, known: known)
      var nodes: [Node] = []
      for node in graph.nodes {
        let result = try upgraded(node, from: node.opset ?? from, context: context, isFunction: false)
        graph.initializers.merge(result.constants) { $1 }
        nodes += result.nodes
      }
      graph.nodes = nodes
      return graph
    }

    mutating func upgraded(functionNodes nodes: [Node], from: Int) throws(OpsetError) -> [Node] {
      var body = Graph(name: "")
      body.nodes = nodes
      let context = Context(body, outer: nil, known: [:])
      var result: [Node] = []
      for node in nodes { result += try upgraded(node, from: from, context: context, isFunction: true).nodes }
      return result
    }

    private mutating func upgraded(
      _ node: Node, from: Int, context: Context, isFunction: Bool
    ) throws(OpsetError) -> (nodes: [Node], constants: [String: Tensor]) {
      var node = node
      for key in node.attributes.keys.sorted() {
        switch node.attributes[key] {
        case .graph(let body): node.attributes[key] = .graph(try upgraded(body, from: from, outer: context))
        case .graphs(let bodies):
          var results: [Graph] = []
          for body in bodies { results.append(try upgraded(body, from: from, outer: context)) }
          node.attributes[key] = .graphs(results)
        default: break
        }
      }
      guard node.domain.isEmpty else { return ([node], [:]) }
      node.opset = nil
      var scope = UpgradeScope(
        types: context.types, ranks: context.ranks, constants: context.constants, isFunction: isFunction, names: names)
      let nodes = try changed(node, from: from, &scope)
      names = scope.names
      return (nodes, scope.added)
    }

    /// Applies the next change that concerns the node, then those that concern what came of it.
    private func changed(_ node: Node, from: Int, _ scope: inout UpgradeScope) throws(OpsetError) -> [Node] {
      let changes = OpsetUpgrade.changesByOperator[node.opType] ?? []
      guard let change = changes.first(where: { $0.since > from && $0.since <= target }) else { return [node] }
      var results: [Node]
      do throws(OpsetFault) {
        results = try change.apply(node, &scope)
      } catch {
        throw OpsetError(node: node.name, opType: node.opType, version: change.since, fault: error)
      }
      results = scope.preceding + results
      scope.preceding = []
      var done: [Node] = []
      for result in results { done += try changed(result, from: change.since, &scope) }
      return done
    }
  }

  /// What is known of the values of a graph and of those around it.
  fileprivate struct Context {
    let types: ElementTypes
    var ranks: [String: Int]
    var constants: [String: Tensor]

    init(_ graph: Graph, outer: Context?, known: [String: TensorType]) {
      types = ElementTypes(graph, outer: outer?.types, known: known.mapValues(\.elementType))
      ranks = outer?.ranks ?? [:]
      constants = outer?.constants ?? [:]
      for info in graph.values + graph.outputs + graph.inputs + graph.overridableInputs {
        if let shape = info.shape { ranks[info.name] = shape.count }
      }
      for (name, type) in known { ranks[name] = type.shape.rank }
      constants.merge(graph.initializers) { $1 }
      for node in graph.nodes {
        if let value = node.constantValue, let name = node.outputs.first { constants[name] = value }
      }
    }
  }
}

extension Graph {
  /// The latest standard operator set of nodes that say theirs: those from functions that were inlined. Nil where there
  /// are none.
  fileprivate var newestOpset: Int? {
    nodes.flatMap { [$0.domain.isEmpty ? $0.opset : nil] + $0.subgraphs.map(\.newestOpset) }.compactMap(\.self).max()
  }
}
