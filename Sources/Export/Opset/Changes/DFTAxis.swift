import ONNX
import TensorCore

/// 20: the axis is an input, whose default is another.
let dftChanges = [
  OperatorChange("DFT", since: 20) { node, scope throws(OpsetFault) in
    var node = node
    let axis = node.int("axis") ?? 1
    node.attributes["axis"] = nil
    node.setInput(2, scope.constant(Tensor(scalar: Int64(axis)), "axis", of: node))
    return [node]
  }
]
