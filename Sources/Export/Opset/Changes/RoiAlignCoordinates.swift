import ONNX

/// 16: coordinates are moved by half a pixel unless an attribute says no.
let roiAlignChanges = [
  OperatorChange("RoiAlign", since: 16) { node, _ in
    var node = node
    node.attributes["coordinate_transformation_mode"] = .string(Array("output_half_pixel".utf8))
    return [node]
  }
]
