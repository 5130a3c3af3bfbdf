import ONNX

/// 10: starts, ends and axes are inputs.
let sliceChanges = [
  OperatorChange("Slice", since: 10) { node, scope throws(OpsetFault) in
    var node = node
    guard let starts = node.ints("starts"), let ends = node.ints("ends") else {
      throw .missing("the attributes starts and ends")
    }
    let axes = node.ints("axes")
    for key in ["starts", "ends", "axes"] { node.attributes[key] = nil }
    node.setInput(1, scope.integers(starts, "starts", of: node))
    node.setInput(2, scope.integers(ends, "ends", of: node))
    if let axes { node.setInput(3, scope.integers(axes, "axes", of: node)) }
    return [node]
  }
]
