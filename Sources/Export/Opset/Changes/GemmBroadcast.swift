import ONNX

/// 7: the third input always meets the product's shape; before, the attribute `broadcast` allowed it.
let gemmChanges = [
  OperatorChange("Gemm", since: 7) { node, _ in
    var node = node
    node.attributes["broadcast"] = nil
    return [node]
  }
]
