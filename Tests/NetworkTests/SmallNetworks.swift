import ONNX
import TensorCore
import TestSupport

/// Small networks with few weights, so that a spoilt byte mostly spoils what the network says.
enum SmallNetworks {
  private static func weights(_ shape: Shape) -> Tensor {
    var random = RandomNumbers(seed: UInt64(shape.count))
    return Tensor(random.floats(shape.count), shape: shape)
  }

  private static func ints(_ values: [Int64]) -> Tensor { Tensor(values, shape: [values.count]) }

  /// Convolution, pooling, resizing and reshaping by extents that the network computes itself.
  static var shapes: Model {
    var model = Model(graph: Graph(name: "shapes"), opsets: ["": 17])
    model.graph.inputs = [
      ValueInfo(name: "x", elementType: .float32, shape: [.symbolic("N"), .fixed(2), .symbolic("H"), .symbolic("W")])
    ]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    model.graph.initializers = [
      "w": weights([4, 2, 3, 3]), "axes": ints([2, 3]), "starts": ints([0, 0]), "ends": ints([3, 100]),
      "steps": ints([1, 2]), "scales": Tensor([1, 1, 2, 1.5] as [Float], shape: [4]), "tail": ints([-1]),
      "zero": Tensor(scalar: Int64(0)), "pads": ints([0, 0, 1, 1, 0, 0, 1, 1]), "repeats": ints([1, 2]),
      "table": weights([5, 3]), "ids": ints([0, 4, 2]),
    ]
    model.graph.nodes = [
      Node(
        name: "conv", opType: "Conv", inputs: ["x", "w"], outputs: ["c"],
        attributes: ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1]), "strides": .ints([1, 1])]),
      Node(
        name: "pool", opType: "MaxPool", inputs: ["c"], outputs: ["p"],
        attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2]), "ceil_mode": .int(1)]),
      Node(name: "resize", opType: "Resize", inputs: ["p", "", "scales"], outputs: ["r"]),
      Node(name: "slice", opType: "Slice", inputs: ["r", "starts", "ends", "axes", "steps"], outputs: ["s"]),
      Node(name: "pad", opType: "Pad", inputs: ["s", "pads"], outputs: ["d"]),
      Node(name: "shape", opType: "Shape", inputs: ["d"], outputs: ["extents"]),
      Node(
        name: "first", opType: "Gather", inputs: ["extents", "zero"], outputs: ["n"], attributes: ["axis": .int(0)]),
      Node(name: "unsqueeze", opType: "Unsqueeze", inputs: ["n", "zero1"], outputs: ["n1"]),
      Node(
        name: "concat", opType: "Concat", inputs: ["n1", "tail"], outputs: ["flat"], attributes: ["axis": .int(0)]),
      Node(name: "reshape", opType: "Reshape", inputs: ["d", "flat"], outputs: ["f"]),
      Node(name: "softmax", opType: "Softmax", inputs: ["f"], outputs: ["q"], attributes: ["axis": .int(-1)]),
      Node(name: "tile", opType: "Tile", inputs: ["q", "repeats"], outputs: ["t"]),
      Node(name: "reduce", opType: "ReduceMean", inputs: ["t"], outputs: ["m"], attributes: ["keepdims": .int(1)]),
      Node(name: "embed", opType: "Gather", inputs: ["table", "ids"], outputs: ["e"]),
      Node(name: "last", opType: "Add", inputs: ["e", "m"], outputs: ["y"]),
    ]
    model.graph.initializers["zero1"] = ints([0])
    return model
  }

  /// A recurrent layer, a branch that the data choose, and quantized values.
  static var branches: Model {
    var model = Model(graph: Graph(name: "branches"), opsets: ["": 17])
    model.graph.inputs = [
      ValueInfo(name: "x", elementType: .float32, shape: [.symbolic("T"), .fixed(1), .fixed(4)])
    ]
    model.graph.outputs = [
      ValueInfo(name: "y", elementType: .float32, shape: nil), ValueInfo(name: "k", elementType: .int64, shape: nil),
    ]
    model.graph.initializers = [
      "w": weights([1, 12, 4]), "r": weights([1, 12, 3]), "b": weights([1, 24]), "zero": Tensor(scalar: Float(0)),
      "scale": Tensor(scalar: Float(0.01)), "point": Tensor(scalar: Int8(0)), "two": ints([2]), "one": ints([1]),
    ]
    var then = Graph(name: "then"), otherwise = Graph(name: "else")
    then.nodes = [Node(name: "neg", opType: "Neg", inputs: ["s"], outputs: ["a"])]
    then.outputs = [ValueInfo(name: "a", elementType: .float32, shape: nil)]
    otherwise.initializers["half"] = Tensor(scalar: Float(0.5))
    otherwise.nodes = [Node(name: "mul", opType: "Mul", inputs: ["s", "half"], outputs: ["b2"])]
    otherwise.outputs = [ValueInfo(name: "b2", elementType: .float32, shape: nil)]
    model.graph.nodes = [
      Node(
        name: "lstm", opType: "LSTM", inputs: ["x", "w", "r", "b"], outputs: ["h"],
        attributes: ["hidden_size": .int(3)]),
      Node(name: "squeeze", opType: "Squeeze", inputs: ["h", "one"], outputs: ["s"]),
      Node(name: "total", opType: "ReduceSum", inputs: ["s"], outputs: ["t"], attributes: ["keepdims": .int(0)]),
      Node(name: "greater", opType: "Greater", inputs: ["t", "zero"], outputs: ["c"]),
      Node(
        name: "if", opType: "If", inputs: ["c"], outputs: ["i"],
        attributes: ["then_branch": .graph(then), "else_branch": .graph(otherwise)]),
      Node(name: "quantize", opType: "QuantizeLinear", inputs: ["i", "scale", "point"], outputs: ["q"]),
      Node(name: "restore", opType: "DequantizeLinear", inputs: ["q", "scale", "point"], outputs: ["y"]),
      Node(name: "nonzero", opType: "NonZero", inputs: ["y"], outputs: ["k"]),
    ]
    return model
  }
}
