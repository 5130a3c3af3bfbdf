import ONNX

/// 11: the pads and the value to pad with are inputs.
let padChanges = [
  OperatorChange("Pad", since: 11) { node, scope throws(OpsetFault) in
    var node = node
    guard let pads = node.ints("pads") else { throw .missing("the attribute pads") }
    let value = node.float("value") ?? 0
    node.attributes["pads"] = nil
    node.attributes["value"] = nil
    node.setInput(1, scope.integers(pads, "pads", of: node))
    if value != 0 { node.setInput(2, try scope.scalar(value, like: node.inputs[0], "value", of: node)) }
    return [node]
  }
]
