package import TensorCore

/// Computes single nodes. The executor is one; this module must not know it.
package protocol NodeEvaluator {
  /// The outputs of `node`, in the order of ``Node/outputs``, or nil for a node that must stay as it is: one whose
  /// outputs would be too large, or change from run to run.
  ///
  /// - Parameters:
  ///   - inputs: In the order of ``Node/inputs``, nil for one that is not given.
  ///   - opsets: The version of each domain's operators; the standard domain is `""`.
  func evaluate(_ node: Node, inputs: [Tensor?], opsets: [String: Int]) throws -> [Tensor]?
}

/// What constant folding leaves alone.
package enum ConstantFolding {
  /// The size of the largest output that folding keeps, unless a caller says otherwise: 64 MiB. A few bytes of
  /// `ConstantOfShape` or `Expand` can ask for any amount, so an evaluator should decline what would exceed it.
  package static let maximumByteCount = 64 << 20

  /// Standard operators whose outputs differ from run to run.
  fileprivate static let randomOperators: Set<String> = [
    "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
  ]
}

extension Graph {
  /// The graph with every node computed whose inputs are all constant; its outputs become constants of the same names.
  ///
  /// Constants that nothing uses any more stay until ``removingDeadNodes(keeping:)``. Overridable inputs count as
  /// constants. Nodes with bodies stay. So does a node on which `evaluator` throws: whoever runs the network meets
  /// the same error and can word it.
  ///
  /// - Parameters:
  ///   - opsets: The model's, for `evaluator`.
  ///   - maximumByteCount: A node with a larger output stays.
  package func foldingConstants(
    with evaluator: some NodeEvaluator, opsets: [String: Int],
    maximumByteCount: Int = ConstantFolding.maximumByteCount
  ) -> Graph {
    var graph = self
    graph.nodes = []
    for node in nodes {
      guard let outputs = graph.constantOutputs(of: node, evaluator, opsets, maximumByteCount) else {
        graph.nodes.append(node)
        continue
      }
      graph.initializers.merge(outputs) { _, folded in folded }
    }
    return graph
  }

  /// The outputs of `node` by name, or nil where it cannot be folded.
  private func constantOutputs(
    of node: Node, _ evaluator: some NodeEvaluator, _ opsets: [String: Int], _ maximumByteCount: Int
  ) -> [String: Tensor]? {
    let isRandom = node.domain.isEmpty && ConstantFolding.randomOperators.contains(node.opType)
    guard !isRandom, !node.hasSubgraphs, node.outputs.contains(where: { !$0.isEmpty }) else { return nil }
    let inputs = node.inputs.map { initializers[$0] }
    guard zip(node.inputs, inputs).allSatisfy({ name, tensor in name.isEmpty || tensor != nil }),
      let tensors = try? evaluator.evaluate(node, inputs: inputs, opsets: opsets)
    else { return nil }
    var outputs: [String: Tensor] = [:]
    for (index, name) in node.outputs.enumerated() where !name.isEmpty {
      guard index < tensors.count, tensors[index].type.byteCount <= maximumByteCount else { return nil }
      outputs[name] = tensors[index]
    }
    return outputs
  }
}
