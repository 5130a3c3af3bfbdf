import ONNX

/// 10: the number of elements is an input.
let topKChanges = [
  OperatorChange("TopK", since: 10) { node, scope throws(OpsetFault) in
    var node = node
    guard let count = node.int("k") else { throw .missing("the attribute k") }
    node.attributes["k"] = nil
    node.setInput(1, scope.integers([count], "k", of: node))
    return [node]
  }
]
