import ONNX

/// 7: operands of different shapes meet as in NumPy, along the last axes. Before, the attribute `broadcast` allowed it,
/// and `axis` said where the second operand's axes lie among the first's.
let broadcastingChanges = [
  OperatorChange("Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less", since: 7) {
    node, scope throws(OpsetFault) in
    var node = node
    let axis = node.int("axis")
    let isBroadcast = node.int("broadcast") == 1
    node.attributes["broadcast"] = nil
    node.attributes["axis"] = nil
    node.attributes["consumed_inputs"] = nil
    guard isBroadcast, var axis, node.inputs.count == 2 else { return [node] }
    let rank = try scope.rank(of: node.inputs[0]), secondRank = try scope.rank(of: node.inputs[1])
    if axis < 0 { axis += rank }
    let missing = rank - axis - secondRank
    guard missing > 0 else { return [node] }
    // Axes of extent 1 behind the second operand's own move them to where `axis` wants them.
    let widened = scope.names.name("\(node.name).second")
    let unsqueeze = Node(
      name: widened, opType: "Unsqueeze", inputs: [node.inputs[1]], outputs: [widened],
      attributes: ["axes": .ints(Array(secondRank..<secondRank + missing))])
    node.inputs[1] = widened
    return [unsqueeze, node]
  }
]
