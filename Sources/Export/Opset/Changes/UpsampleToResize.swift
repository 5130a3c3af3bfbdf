import ONNX
import TensorCore

/// 7: one scale for each axis instead of two attributes. 9: the scales are an input. 10: Resize takes its place.
let upsampleChanges = [
  OperatorChange("Upsample", since: 7) { node, _ throws(OpsetFault) in
    var node = node
    guard let height = node.float("height_scale"), let width = node.float("width_scale") else {
      throw .missing("the attributes height_scale and width_scale")
    }
    node.attributes["height_scale"] = nil
    node.attributes["width_scale"] = nil
    node.attributes["scales"] = .floats([1, 1, height, width])
    if node.text("mode") == "bilinear" { node.attributes["mode"] = .string(Array("linear".utf8)) }
    return [node]
  },
  OperatorChange("Upsample", since: 9) { node, scope throws(OpsetFault) in
    var node = node
    guard let scales = node.floats("scales") else { throw .missing("the attribute scales") }
    node.attributes["scales"] = nil
    node.setInput(1, scope.constant(Tensor(scales, shape: [scales.count]), "scales", of: node))
    return [node]
  },
  OperatorChange("Upsample", since: 10) { node, _ in
    var node = node
    node.opType = "Resize"
    return [node]
  },
]
