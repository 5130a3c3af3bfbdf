import ONNX
import TensorCore

/// 13: one axis. Before, the axes from `axis` on counted as one, and the default was 1.
///
/// Where `axis` is the last one both are the same; else the values are flattened to a matrix and back.
let softmaxChanges = [
  OperatorChange("Softmax", "LogSoftmax", "Hardmax", since: 13) { node, scope throws(OpsetFault) in
    var node = node
    guard let input = node.input(0), node.hasOutput(0) else { throw .missing("an input and an output") }
    let axis = node.int("axis") ?? 1
    node.attributes["axis"] = .int(-1)
    let rank = scope.constants[input]?.shape.rank ?? scope.ranks[input]
    if axis == -1 || rank.map({ axis == $0 - 1 }) ?? false { return [node] }
    let shape = scope.names.name("\(node.name).shape"), rows = scope.names.name("\(node.name).rows")
    let result = scope.names.name("\(node.name).result"), output = node.outputs[0]
    node.inputs = [rows]
    node.outputs = [result]
    return [
      Node(name: shape, opType: "Shape", inputs: [input], outputs: [shape]),
      Node(name: rows, opType: "Flatten", inputs: [input], outputs: [rows], attributes: ["axis": .int(axis)]),
      node,
      Node(name: result, opType: "Reshape", inputs: [result, shape], outputs: [output]),
    ]
  }
]
