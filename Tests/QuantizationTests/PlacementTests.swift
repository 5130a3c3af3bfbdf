import ONNX
import Quantization
import TensorCore
import Testing

@Suite struct PlacementTests {
  private func weights(_ shape: Shape, first: Float = 1) -> Tensor {
    Tensor((0..<shape.count).map { first * Float($0 + 1) / Float(shape.count) }, shape: shape)
  }

  /// x → conv1 → relu → conv2 ─ add → relu2 → pool → flatten → gemm → y, with relu (or a product) as the other branch.
  private func residual(otherIsProduct: Bool = false) -> Graph {
    var graph = Graph(name: "residual")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.initializers = [
      "w1": weights([4, 4, 1, 1]), "w2": weights([4, 4, 1, 1]), "w3": weights([4, 4, 1, 1]), "g": weights([2, 4]),
      "b": weights([2]),
    ]
    graph.nodes = [
      Node(name: "conv1", opType: "Conv", inputs: ["x", "w1"], outputs: ["c1"]),
      Node(name: "relu", opType: "Relu", inputs: ["c1"], outputs: ["r1"]),
      Node(name: "conv2", opType: "Conv", inputs: ["r1", "w2"], outputs: ["c2"]),
    ]
    if otherIsProduct {
      graph.nodes.append(Node(name: "conv3", opType: "Conv", inputs: ["r1", "w3"], outputs: ["c3"]))
    }
    graph.nodes += [
      Node(name: "add", opType: "Add", inputs: ["c2", otherIsProduct ? "c3" : "r1"], outputs: ["a"]),
      Node(name: "relu2", opType: "Relu", inputs: ["a"], outputs: ["r2"]),
      Node(name: "pool", opType: "GlobalAveragePool", inputs: ["r2"], outputs: ["p"]),
      Node(name: "flatten", opType: "Flatten", inputs: ["p"], outputs: ["f"]),
      Node(
        name: "gemm", opType: "Gemm", inputs: ["f", "g", "b"], outputs: ["l"], attributes: ["transB": .int(1)]),
      Node(name: "softmax", opType: "Softmax", inputs: ["l"], outputs: ["y"]),
    ]
    return graph
  }

  private func ranges(_ graph: Graph) -> [String: ActivationRange] {
    var ranges: [String: ActivationRange] = [:]
    for (place, name) in (["x"] + graph.nodes.flatMap(\.outputs)).enumerated() where name != "f" {
      ranges[name] = ActivationRange(scale: Float(place + 1) / 127, lower: -0.25, upper: Float(place + 1))
    }
    return ranges
  }

  private func plan(_ graph: Graph, _ target: Target, keeping: Set<String> = []) -> QuantizationPlan {
    QuantizationPlan(graph, ranges: ranges(graph), target: target, keeping: keeping)
  }

  private func inputs(_ plan: QuantizationPlan) -> [String] {
    plan.nodes.map { "\($0.name):" + $0.operands.map { "\($0.input)" }.joined(separator: ",") }
  }

  @Test func `A residual sum in an epilogue quantizes the branch that is not the convolution's`() {
    let graph = residual()
    #expect(inputs(plan(graph, .tensorrt)) == ["conv1:0,1", "conv2:0,1", "add:1", "pool:0", "gemm:0,1,2"])
    #expect(inputs(plan(graph, .openvino)) == ["conv1:0,1", "conv2:0,1", "add:1", "pool:0", "gemm:0,1,2"])
    #expect(inputs(plan(graph, .onnxruntime)) == ["conv1:0,1", "conv2:0,1", "add:0,1", "pool:0", "gemm:0,1,2"])
  }

  @Test func `onnxruntime: a product's part of a Concat is quantized before it, on the grid of the whole`() throws {
    var graph = Graph(name: "concat")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.initializers = ["w1": weights([4, 4, 1, 1]), "w2": weights([4, 8, 1, 1])]
    graph.nodes = [
      Node(name: "conv1", opType: "Conv", inputs: ["x", "w1"], outputs: ["c1"]),
      Node(name: "relu", opType: "Relu", inputs: ["c1"], outputs: ["r1"]),
      Node(name: "tanh", opType: "Tanh", inputs: ["x"], outputs: ["t"]),
      Node(name: "concat", opType: "Concat", inputs: ["t", "r1"], outputs: ["j"], attributes: ["axis": .int(1)]),
      Node(name: "conv2", opType: "Conv", inputs: ["j", "w2"], outputs: ["y"]),
    ]
    let own = plan(graph, .onnxruntime)
    #expect(inputs(own) == ["conv1:0,1", "concat:1", "conv2:0,1"])
    #expect(own.nodes[1].operands[0].grid == own.nodes[2].operands[0].grid && !own.nodes[1].isInteger)
    #expect(inputs(plan(graph, .openvino)) == ["conv1:0,1", "conv2:0,1"])
    // A sum behind it reads numbers: nothing is quantized for it.
    graph.nodes[4] = Node(name: "exp", opType: "Exp", inputs: ["j"], outputs: ["y"])
    #expect(inputs(plan(graph, .onnxruntime)) == ["conv1:0,1"])
  }

  /// x → conv1 → HardSwish, written out → conv2 → y.
  private func hardSwish() -> Graph {
    var graph = Graph(name: "activation")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.initializers = [
      "w1": weights([4, 4, 1, 1]), "w2": weights([4, 4, 1, 1]), "0": Tensor(scalar: Float(0)),
      "3": Tensor(scalar: Float(3)), "6": Tensor(scalar: Float(6)),
    ]
    graph.nodes = [
      Node(name: "conv1", opType: "Conv", inputs: ["x", "w1"], outputs: ["c"]),
      Node(name: "add", opType: "Add", inputs: ["c", "3"], outputs: ["a"]),
      Node(name: "clip", opType: "Clip", inputs: ["a", "0", "6"], outputs: ["g"]),
      Node(name: "mul", opType: "Mul", inputs: ["c", "g"], outputs: ["m"]),
      Node(name: "div", opType: "Div", inputs: ["m", "6"], outputs: ["d"]),
      Node(name: "conv2", opType: "Conv", inputs: ["d", "w2"], outputs: ["y"]),
    ]
    return graph
  }

  @Test func `An activation written out stays whole; for onnxruntime it reads the convolution quantized`() {
    var graph = hardSwish()
    #expect(inputs(plan(graph, .tensorrt)) == ["conv1:0,1", "conv2:0,1"])
    #expect(inputs(plan(graph, .openvino)) == ["conv1:0,1", "conv2:0,1"])
    let own = plan(graph, .onnxruntime)
    #expect(inputs(own) == ["conv1:0,1", "add:0", "mul:0", "conv2:0,1"])
    #expect(own.nodes[1].operands[0].grid == own.nodes[2].operands[0].grid && !own.nodes[1].isInteger)
    // No integer kernel comes before it, or none behind it.
    #expect(inputs(plan(graph, .onnxruntime, keeping: ["conv1"])) == ["conv2:0,1"])
    #expect(inputs(plan(graph, .onnxruntime, keeping: ["conv2"])) == ["conv1:0,1"])
    // A product of two activations is another thing.
    graph.nodes[1].inputs[0] = "x"
    #expect(inputs(plan(graph, .openvino)) == ["conv1:0,1", "mul:0,1", "conv2:0,1"])
  }

  @Test func `What depends on the shape of the samples alone is no activation`() {
    var graph = hardSwish()
    graph.nodes[1] = Node(name: "shape", opType: "Shape", inputs: ["c"], outputs: ["s"])
    graph.nodes[2] = Node(name: "cast", opType: "Cast", inputs: ["s"], outputs: ["g"], attributes: ["to": .int(1)])
    #expect(inputs(plan(graph, .openvino)) == ["conv1:0,1", "conv2:0,1"])
  }

  @Test func `onnxruntime: weights next to 0 have a scale for which the bias beside them fits`() throws {
    var graph = Graph(name: "bias")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.initializers = [
      "w": Tensor([1, 1e-20] as [Float], shape: [2, 1, 1, 1]), "b": Tensor([0.5, 0.5] as [Float], shape: [2]),
    ]
    graph.nodes = [Node(name: "conv", opType: "Conv", inputs: ["x", "w", "b"], outputs: ["y"])]
    let operands = try #require(plan(graph, .onnxruntime).nodes.first?.operands)
    #expect(operands.map(\.input) == [0, 1, 2])
    #expect(operands[1].grid.scales[0] == Float(1) / 127)
    #expect(operands[2].grid.code(of: 0.5, channel: 1) == 1 << 23)
    #expect(inputs(plan(graph, .tensorrt)) == ["conv:0,1"])
  }

  @Test func `Of two convolutions at a sum exactly one result is quantized: that of the first`() {
    let graph = residual(otherIsProduct: true)
    #expect(inputs(plan(graph, .tensorrt)) == ["conv1:0,1", "conv2:0,1", "conv3:0,1", "add:0", "pool:0", "gemm:0,1,2"])
  }

  @Test func `Activations have one scale, weights one for each output channel, biases that of the sums`() throws {
    let graph = residual()
    let plan = plan(graph, .tensorrt)
    let conv = try #require(plan.nodes.first)
    #expect(conv.operands[0].grid == IntegerGrid(scale: 1.0 / 127))
    let weights = conv.operands[1].grid
    #expect(weights.axis == 0 && weights.scales.count == 4 && weights.codes == -127...127)
    #expect(weights.scales[0] == Float(4) / 16 / 127)
    #expect(weights.scales[3] == Float(1) / 127)
    let gemm = try #require(plan.nodes.last)
    #expect(gemm.operands.map(\.input) == [0, 1, 2])
    #expect(gemm.operands[1].grid.axis == 0 && gemm.operands[1].grid.scales.count == 2)
    let bias = gemm.operands[2]
    #expect(bias.role == .bias && bias.grid.codes == IntegerGrid.biasCodes)
    #expect(bias.grid.scales == gemm.operands[1].grid.scales.map { gemm.operands[0].grid.scale * $0 })
  }

  @Test func `A bias stays as it is where no code would fit, or a factor comes between`() throws {
    var graph = residual()
    graph.initializers["b"] = Tensor([1e9, 1], shape: [2])
    #expect(try #require(plan(graph, .tensorrt).nodes.last).operands.map(\.input) == [0, 1])
    graph.initializers["b"] = Tensor([.nan, 1], shape: [2])
    #expect(try #require(plan(graph, .tensorrt).nodes.last).operands.map(\.input) == [0, 1])
    graph.initializers["b"] = weights([2])
    let place = try #require(graph.nodes.firstIndex { $0.name == "gemm" })
    graph.nodes[place].attributes["beta"] = .float(0.5)
    #expect(try #require(plan(graph, .tensorrt).nodes.last).operands.map(\.input) == [0, 1])
  }

  @Test func `A view has the grid of what it shows`() throws {
    let graph = residual()
    let gemm = try #require(plan(graph, .tensorrt).nodes.last)
    #expect(gemm.operands[0].tensor == "f")
    // "f" has no range of its own; it shows "p".
    #expect(gemm.operands[0].grid.scale == ranges(graph)["p"]?.scale)
  }

  @Test func `An asymmetric grid covers the range and holds 0 exactly`() {
    let range = ActivationRange(scale: 1, lower: -1, upper: 4)
    let grid = range.asymmetricGrid(isNonNegative: false)
    #expect(grid.scale == Float(5) / 255 && grid.zeroPoint == 51 && grid.codes == 0...255)
    #expect(grid.rounded(0) == 0)
    #expect(ActivationRange(scale: 2).asymmetricGrid(isNonNegative: true).zeroPoint == 0)
    #expect(ActivationRange(scale: 2).asymmetricGrid(isNonNegative: false).zeroPoint == 128)
    #expect(ActivationRange(scale: 2, lower: 1, upper: 3).asymmetricGrid(isNonNegative: false).zeroPoint == 0)
    #expect(ActivationRange(scale: 2, lower: 0, upper: 0).asymmetricGrid(isNonNegative: false).scale == 2)
  }

  @Test(arguments: [Float](arrayLiteral: 1e-20, 0.003, 0.71, 1, 37.7, 3e30))
  func `An asymmetric grid keeps the zero point of ends that lie on a grid`(scale: Float) {
    for zeroPoint in Int32(0)...255 {
      let range = ActivationRange(
        scale: scale, lower: -Float(zeroPoint) * scale, upper: Float(255 - zeroPoint) * scale)
      let grid = range.asymmetricGrid(isNonNegative: false)
      #expect(grid.zeroPoint == zeroPoint && abs(grid.scale / scale - 1) < 1e-6)
    }
  }

  @Test func `Nodes that are kept, or without a usable range, stay in higher precision with the reason`() {
    let graph = residual()
    let kept = plan(graph, .tensorrt, keeping: ["conv2"])
    #expect(kept.kept.map(\.name) == ["conv2", "add"])
    #expect(kept.kept.map(\.reason) == [.asked, .target])
    var ranges = ranges(graph)
    ranges["r1"] = ActivationRange(scale: 0)
    ranges["x"] = nil
    let missing = QuantizationPlan(graph, ranges: ranges, target: .tensorrt)
    #expect(missing.kept.contains(KeptNode(name: "conv1", opType: "Conv", reason: .noRange(tensor: "x"))))
    #expect(missing.kept.contains(KeptNode(name: "conv2", opType: "Conv", reason: .noRange(tensor: "r1"))))
    #expect(missing.nodes.contains { $0.name == "gemm" })
  }

  @Test func `A channel of zeros gets a scale that is not zero, and weights that are no numbers none`() {
    let zeros = Tensor([0, 0, 1, 2] as [Float], shape: [2, 2])
    #expect(WeightGrid.perChannel(zeros, axis: 0)?.scales == [Float(1) / 127, Float(2) / 127])
    #expect(WeightGrid.perChannel(Tensor([.nan] as [Float], shape: [1, 1]), axis: 0) == nil)
    #expect(WeightGrid.perTensor(Tensor([.infinity] as [Float], shape: [1])) == nil)
  }

  @Test func `A max pool passes the grid of its output on`() throws {
    var graph = Graph(name: "pool")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.initializers = ["w": weights([4, 4, 1, 1])]
    graph.nodes = [
      Node(name: "relu", opType: "Relu", inputs: ["x"], outputs: ["r"]),
      Node(name: "pool", opType: "MaxPool", inputs: ["r"], outputs: ["p"]),
      Node(name: "conv", opType: "Conv", inputs: ["p", "w"], outputs: ["y"]),
    ]
    let plan = plan(graph, .tensorrt)
    #expect(inputs(plan) == ["pool:0", "conv:0,1"])
    #expect(plan.nodes[0].operands[0].grid == plan.nodes[1].operands[0].grid)
    #expect(!plan.nodes[0].isInteger)
    // Nobody behind the pool reads codes: nothing is quantized for its sake.
    #expect(inputs(self.plan(graph, .tensorrt, keeping: ["conv"])).isEmpty)
  }
}
