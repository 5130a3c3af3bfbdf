import ONNX

/// 20: the modes are called as for Resize, for more than two axes are allowed.
let gridSampleChanges = [
  OperatorChange("GridSample", since: 20) { node, _ in
    var node = node
    switch node.text("mode") {
    case "bicubic": node.attributes["mode"] = .string(Array("cubic".utf8))
    case "bilinear": node.attributes["mode"] = .string(Array("linear".utf8))
    default: break
    }
    return [node]
  }
]
