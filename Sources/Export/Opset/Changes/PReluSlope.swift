import ONNX
import TensorCore

/// 7: the slope meets the input along the last axes; before, a list of slopes was one for each channel, axis 1.
let preluChanges = [
  OperatorChange("PRelu", since: 7) { node, scope throws(OpsetFault) in
    var node = node
    guard node.inputs.count == 2 else { throw .missing("two inputs") }
    if let slope = scope.constants[node.inputs[1]], slope.shape.count == 1 { return [node] }
    let rank = try scope.rank(of: node.inputs[0]), slopeRank = try scope.rank(of: node.inputs[1])
    guard slopeRank == 1, rank > 2 else { return [node] }
    let widened = scope.names.name("\(node.name).slope")
    let unsqueeze = Node(
      name: widened, opType: "Unsqueeze", inputs: [node.inputs[1]], outputs: [widened],
      attributes: ["axes": .ints(Array(1..<rank - 1))])
    node.inputs[1] = widened
    return [unsqueeze, node]
  }
]
