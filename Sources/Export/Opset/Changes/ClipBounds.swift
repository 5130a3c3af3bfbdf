import ONNX

/// 11: the bounds are inputs, of the values' element type.
let clipChanges = [
  OperatorChange("Clip", since: 11) { node, scope throws(OpsetFault) in
    var node = node
    node.attributes["consumed_inputs"] = nil
    for (position, key) in [(1, "min"), (2, "max")] {
      guard let bound = node.float(key) else { continue }
      node.attributes[key] = nil
      // Tools write "no bound" as the largest number.
      guard bound.magnitude < Float.greatestFiniteMagnitude else { continue }
      node.setInput(position, try scope.scalar(bound, like: node.inputs[0], key, of: node))
    }
    return [node]
  }
]
