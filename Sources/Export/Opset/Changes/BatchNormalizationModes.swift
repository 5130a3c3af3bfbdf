import ONNX

/// 7: a node with one output infers, whatever `is_test` says. 9: statistics are per channel (`spatial`). 14: the outputs
/// of training are others, and `training_mode` asks for them.
let batchNormalizationChanges = [
  OperatorChange("BatchNormalization", since: 7) { node, _ throws(OpsetFault) in
    var node = try inferring(node)
    node.attributes["is_test"] = nil
    node.attributes["consumed_inputs"] = nil
    return [node]
  },
  OperatorChange("BatchNormalization", since: 9) { node, _ throws(OpsetFault) in
    var node = node
    guard node.int("spatial") ?? 1 == 1 else { throw .dropped("statistics per element (spatial = 0)") }
    node.attributes["spatial"] = nil
    return [node]
  },
  OperatorChange("BatchNormalization", since: 14) { node, _ throws(OpsetFault) in [try inferring(node)] },
]

/// The node with its one output; of a training node there is no equal.
private func inferring(_ node: Node) throws(OpsetFault) -> Node {
  guard !node.outputs.dropFirst().contains(where: { !$0.isEmpty }) else { throw .dropped("the outputs of training") }
  var node = node
  node.outputs = Array(node.outputs.prefix(1))
  return node
}
