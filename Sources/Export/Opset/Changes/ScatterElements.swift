import ONNX

/// 11: Scatter is called ScatterElements.
let scatterChanges = [
  OperatorChange("Scatter", since: 11) { node, _ in
    var node = node
    node.opType = "ScatterElements"
    return [node]
  }
]
