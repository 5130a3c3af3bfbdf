import ONNX

/// The axes are an input: 13 for Squeeze, Unsqueeze and ReduceSum, 18 for the other reductions.
let axesChanges = [
  OperatorChange("Squeeze", "Unsqueeze", "ReduceSum", since: 13, apply: movingAxes),
  OperatorChange(
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    "ReduceSumSquare", since: 18, apply: movingAxes),
]

@Sendable private func movingAxes(_ node: Node, _ scope: inout UpgradeScope) throws(OpsetFault) -> [Node] {
  var node = node
  guard let axes = node.ints("axes") else { return [node] }
  node.attributes["axes"] = nil
  node.setInput(1, scope.integers(axes, "axes", of: node))
  return [node]
}
