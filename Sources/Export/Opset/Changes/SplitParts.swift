import ONNX

/// 13: the lengths of the parts are an input. 18: without them the number of equal parts must be said.
let splitChanges = [
  OperatorChange("Split", since: 13) { node, scope throws(OpsetFault) in
    var node = node
    guard let lengths = node.ints("split") else { return [node] }
    node.attributes["split"] = nil
    node.setInput(1, scope.integers(lengths, "split", of: node))
    return [node]
  },
  OperatorChange("Split", since: 18) { node, _ in
    var node = node
    if node.input(1) == nil { node.attributes["num_outputs"] = .int(node.outputs.count) }
    return [node]
  },
]
