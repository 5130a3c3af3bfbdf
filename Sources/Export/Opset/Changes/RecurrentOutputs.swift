import ONNX

/// 7: whether the sequence of states is wanted shows in the node's outputs, no longer in `output_sequence`.
let recurrentChanges = [
  OperatorChange("RNN", "GRU", "LSTM", since: 7) { node, _ in
    var node = node
    node.attributes["output_sequence"] = nil
    return [node]
  }
]
