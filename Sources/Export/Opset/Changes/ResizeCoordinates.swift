import ONNX
import TensorCore

/// 11: where elements lie is an attribute, whose default is another than what there was; a region comes before the
/// scales. 13: `tf_half_pixel_for_nn` is gone.
let resizeChanges = [
  OperatorChange("Resize", since: 11) { node, scope throws(OpsetFault) in
    var node = node
    guard node.inputs.count == 2 else { throw .missing("the input scales") }
    let region = scope.constant(Tensor([Float](), shape: [0]), "roi", of: node)
    node.inputs = [node.inputs[0], region, node.inputs[1]]
    node.attributes["coordinate_transformation_mode"] = .string(Array("asymmetric".utf8))
    if node.text("mode") ?? "nearest" == "nearest" { node.attributes["nearest_mode"] = .string(Array("floor".utf8)) }
    return [node]
  },
  OperatorChange("Resize", since: 13) { node, _ throws(OpsetFault) in
    var node = node
    guard node.text("coordinate_transformation_mode") == "tf_half_pixel_for_nn" else { return [node] }
    // floor((i + ½) / s) = floor((i + ½) / s − ½ + ½): half pixels, ties upwards.
    guard node.text("mode") ?? "nearest" == "nearest", node.text("nearest_mode") == "floor" else {
      throw .dropped("the coordinates 'tf_half_pixel_for_nn' without the nearest mode 'floor'")
    }
    node.attributes["coordinate_transformation_mode"] = .string(Array("half_pixel".utf8))
    node.attributes["nearest_mode"] = .string(Array("round_prefer_ceil".utf8))
    return [node]
  },
]
