import ONNX
import TensorCore

/// 7: no `is_test`, the node infers. 10: the mask is of truth values. 12: the ratio is an input.
let dropoutChanges = [
  OperatorChange("Dropout", since: 7) { node, _ in
    var node = node
    node.attributes["is_test"] = nil
    node.attributes["consumed_inputs"] = nil
    return [node]
  },
  OperatorChange("Dropout", since: 10) { node, scope throws(OpsetFault) in
    var node = node
    guard node.hasOutput(1) else { return [node] }
    guard let type = scope.types[node.inputs[0]] else { throw .unknown(what: "element type", of: node.inputs[0]) }
    let mask = scope.names.name("\(node.name).mask")
    let cast = Node(
      name: mask, opType: "Cast", inputs: [mask], outputs: [node.outputs[1]],
      attributes: ["to": .int(Int(type.onnx))])
    node.outputs[1] = mask
    return [node, cast]
  },
  OperatorChange("Dropout", since: 12) { node, scope throws(OpsetFault) in
    var node = node
    if let ratio = node.float("ratio") {
      node.setInput(1, try scope.scalar(ratio, like: node.inputs[0], "ratio", of: node))
    }
    node.attributes["ratio"] = nil
    return [node]
  },
]
