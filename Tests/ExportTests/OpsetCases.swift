import ONNX
import TensorCore

/// A network of an old operator set, for each operator that changed later.
struct OpsetCase: Sendable {
  let name: String
  let model: Model
  /// Whether onnxruntime runs the old network; it starts at operator set 7.
  var isOldKnown: Bool { (model.opsets[""] ?? 0) >= 7 }

  init(_ name: String, _ small: SmallModel) {
    self.name = name
    model = small.model
  }

  private static func image(_ opset: Int) -> SmallModel { SmallModel(opset: opset).input("x", 2, 3, 4, 5) }
  private static func unary(
    _ name: String, _ opset: Int, _ opType: String, _ attributes: [String: Attribute], rank: Int = 4
  ) -> OpsetCase {
    OpsetCase(name, image(opset).node(opType, ["x"], ["y"], attributes).output("y", rank: rank))
  }

  static let all: [OpsetCase] = [
    // Operator set 6.
    OpsetCase(
      "add6_axis",
      image(6).constant("b", [1, -2, 3], 3).node("Add", ["x", "b"], ["y"], ["broadcast": .int(1), "axis": .int(1)])
        .output("y", rank: 4)),
    OpsetCase(
      "mul6_suffix",
      image(6).constant("b", [1, -2, 3, 4, 5], 5).node("Mul", ["x", "b"], ["y"], ["broadcast": .int(1)])
        .output("y", rank: 4)),
    OpsetCase(
      "prelu6", image(6).constant("s", [0.5, 0.25, 2], 3).node("PRelu", ["x", "s"], ["y"]).output("y", rank: 4)),
    OpsetCase(
      "gemm6",
      SmallModel(opset: 6).input("x", 3, 4).constant("w", (0..<8).map { Float($0) / 4 }, 4, 2).constant("c", [1, 2], 2)
        .node("Gemm", ["x", "w", "c"], ["y"], ["broadcast": .int(1)]).output("y", rank: 2)),
    OpsetCase(
      "batchnorm6",
      image(6).constant("s", [1, 2, 3], 3).constant("b", [0, 1, 2], 3).constant("m", [0.5, 0, -1], 3)
        .constant("v", [1, 2, 4], 3)
        .node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], ["is_test": .int(1), "spatial": .int(1)])
        .output("y", rank: 4)),
    OpsetCase("dropout6", image(6).node("Dropout", ["x"], ["y"], ["is_test": .int(1)]).output("y", rank: 4)),
    // 7 to 9.
    unary("upsample7", 7, "Upsample", ["mode": .text("nearest"), "scales": .floats([1, 1, 2, 3])]),
    OpsetCase(
      "upsample9_linear",
      image(9).constant("s", [1, 1, 2, 2], 4).node("Upsample", ["x", "s"], ["y"], ["mode": .text("linear")])
        .output("y", rank: 4)),
    unary(
      "slice9", 9, "Slice",
      ["starts": .ints([1, -3]), "ends": .ints([3, 9_223_372_036_854_775_807]), "axes": .ints([1, 3])]),
    unary("slice9_noaxes", 9, "Slice", ["starts": .ints([0, 1]), "ends": .ints([1, 3])]),
    OpsetCase(
      "topk9",
      image(9).node("TopK", ["x"], ["y", "i"], ["k": .int(2), "axis": .int(3)]).output("y", rank: 4)
        .output("i", type: .int64, rank: 4)),
    OpsetCase(
      "dropout9_mask",
      image(9).node("Dropout", ["x"], ["d", "m"], ["ratio": .float(0.3)]).node("Add", ["d", "x"], ["y"])
        .output("y", rank: 4)),
    OpsetCase(
      "batchnorm8",
      image(8).constant("s", [1, 2, 3], 3).constant("b", [0, 1, 2], 3).constant("m", [0.5, 0, -1], 3)
        .constant("v", [1, 2, 4], 3).node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], ["spatial": .int(1)])
        .output("y", rank: 4)),
    OpsetCase(
      "scatter9",
      image(9).constant("i", Tensor([Int64](repeating: 1, count: 120), shape: [2, 3, 4, 5]))
        .node("Scatter", ["x", "i", "x"], ["y"], ["axis": .int(1)]).output("y", rank: 4)),
    // 10 to 12.
    unary("clip10", 10, "Clip", ["min": .float(-0.5), "max": .float(0.75)]),
    unary("clip10_one", 10, "Clip", ["min": .float(0)]),
    unary("pad10", 10, "Pad", ["pads": .ints([0, 0, 1, 2, 0, 0, 2, 1]), "value": .float(1.5)]),
    unary("pad10_edge", 10, "Pad", ["pads": .ints([0, 0, 1, 2, 0, 0, 2, 1]), "mode": .text("edge")]),
    OpsetCase(
      "resize10",
      image(10).constant("s", [1, 1, 2, 1.5], 4).node("Resize", ["x", "s"], ["y"], ["mode": .text("linear")])
        .output("y", rank: 4)),
    OpsetCase(
      "resize10_smaller",
      image(10).constant("s", [1, 1, 0.6, 0.4], 4).node("Resize", ["x", "s"], ["y"]).output("y", rank: 4)),
    OpsetCase(
      "resize10_both",
      image(10).constant("s", [1, 1, 0.6, 1.5], 4).node("Resize", ["x", "s"], ["y"]).output("y", rank: 4)),
    OpsetCase(
      "resize12_tf",
      image(12).constant("r", [], 0).constant("s", [1, 1, 2, 2], 4)
        .node(
          "Resize", ["x", "r", "s"], ["y"],
          [
            "mode": .text("nearest"), "nearest_mode": .text("floor"),
            "coordinate_transformation_mode": .text("tf_half_pixel_for_nn"),
          ]
        ).output("y", rank: 4)),
    OpsetCase("dropout11", image(11).node("Dropout", ["x"], ["y"], ["ratio": .float(0.5)]).output("y", rank: 4)),
    unary("softmax12_default", 12, "Softmax", [:]),
    unary("softmax12_middle", 12, "Softmax", ["axis": .int(2)]),
    unary("softmax11_last", 11, "Softmax", ["axis": .int(3)]),
    unary("softmax11_minus", 11, "Softmax", ["axis": .int(-1)]),
    unary("logsoftmax10_zero", 10, "LogSoftmax", ["axis": .int(0)]),
    unary("hardmax12", 12, "Hardmax", ["axis": .int(1)]),
    unary("squeeze12", 12, "Unsqueeze", ["axes": .ints([0, 5])], rank: 6),
    OpsetCase(
      "unsqueeze_squeeze11",
      image(11).node("Unsqueeze", ["x"], ["u"], ["axes": .ints([1])]).node(
        "Squeeze", ["u"], ["y"], ["axes": .ints([1])]
      )
      .output("y", rank: 4)),
    unary("reducesum12", 12, "ReduceSum", ["axes": .ints([2, 3]), "keepdims": .int(0)], rank: 2),
    unary("reducesum12_all", 12, "ReduceSum", ["keepdims": .int(1)]),
    OpsetCase(
      "split12",
      image(12).node("Split", ["x"], ["a", "b"], ["axis": .int(3), "split": .ints([2, 3])]).output("a", rank: 4)
        .output("b", rank: 4)),
    OpsetCase(
      "split12_equal",
      image(12).node("Split", ["x"], ["a", "b"], ["axis": .int(2)]).output("a", rank: 4).output("b", rank: 4)),
    // 13 to 21.
    unary("reducemean17", 17, "ReduceMean", ["axes": .ints([2, 3]), "keepdims": .int(1)]),
    unary("reducel2_13", 13, "ReduceL2", ["axes": .ints([-1]), "keepdims": .int(0)], rank: 3),
    unary("reducemax12", 12, "ReduceMax", ["axes": .ints([1])]),
    OpsetCase(
      "gridsample16",
      image(16).input("g", 2, 3, 3, 2).node("GridSample", ["x", "g"], ["y"], ["mode": .text("bilinear")])
        .output("y", rank: 4)),
    OpsetCase(
      "roialign10",
      SmallModel(opset: 10).input("x", 1, 2, 8, 8).constant("r", [0, 0, 5, 6, 1, 2, 7, 7], 2, 4)
        .constant("b", Tensor([Int64(0), 0], shape: [2]))
        .node(
          "RoiAlign", ["x", "r", "b"], ["y"],
          ["output_height": .int(2), "output_width": .int(2), "sampling_ratio": .int(2)]
        ).output("y", rank: 4)),
    OpsetCase(
      "dft17",
      SmallModel(opset: 17).input("x", 1, 8, 1).node("DFT", ["x"], ["y"], ["axis": .int(1)]).output("y", rank: 3)),
    OpsetCase(
      "groupnorm18",
      SmallModel(opset: 18).input("x", 2, 6, 3, 3).constant("s", [1, 2], 2).constant("b", [0, 1], 2)
        .node("GroupNormalization", ["x", "s", "b"], ["y"], ["num_groups": .int(2)]).output("y", rank: 4)),
    OpsetCase(
      "lstm6",
      SmallModel(opset: 6).input("x", 3, 1, 2).constant("w", (0..<16).map { Float($0) / 20 }, 1, 8, 2)
        .constant("r", (0..<16).map { Float($0) / -20 }, 1, 8, 2)
        .node("LSTM", ["x", "w", "r"], ["y"], ["hidden_size": .int(2), "output_sequence": .int(1)])
        .output("y", rank: 4)),
    OpsetCase("branches", branches()),
  ]

  /// Old operators in the bodies of an If.
  private static func branches() -> SmallModel {
    func body(_ name: String, _ opType: String, _ attributes: [String: Attribute]) -> Graph {
      var body = Graph(name: name)
      body.nodes = [Node(name: name, opType: opType, inputs: ["x"], outputs: [name], attributes: attributes)]
      body.outputs = [ValueInfo(name: name, elementType: .float32, shape: nil)]
      return body
    }
    return SmallModel(opset: 9).input("x", 2, 3).input("c", type: .bool)
      .node(
        "If", ["c"], ["y"],
        [
          "then_branch": .graph(body("clipped", "Clip", ["min": .float(0)])),
          "else_branch": .graph(body("cut", "Slice", ["starts": .ints([0]), "ends": .ints([3]), "axes": .ints([1])])),
        ]
      ).output("y", rank: 2)
  }
}
