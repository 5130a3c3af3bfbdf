import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct BatchNormFoldingTests {
  /// One node before a BatchNormalization, with random constants.
  struct Case: CustomTestStringConvertible {
    let opType: String
    let weightDims: [Int64]
    let inputShape: [Int]
    let channels: Int
    var biasDims: [Int64]?
    var attributes: [OnnxAttributeProto] = []
    var testDescription: String { "\(opType) \(weightDims) \(biasDims.map(String.init(describing:)) ?? "-")" }
  }

  static let cases = [
    Case(opType: "Conv", weightDims: [4, 3, 2, 2], inputShape: [2, 3, 3, 3], channels: 4),
    Case(
      opType: "Conv", weightDims: [4, 2, 2, 2], inputShape: [1, 4, 3, 3], channels: 4, biasDims: [4],
      attributes: [group(2)]),
    Case(opType: "Conv", weightDims: [1, 1, 1, 1], inputShape: [1, 1, 2, 2], channels: 1, biasDims: [1]),
    Case(opType: "ConvTranspose", weightDims: [3, 4, 2, 2], inputShape: [1, 3, 2, 2], channels: 4),
    Case(
      opType: "ConvTranspose", weightDims: [4, 3, 2, 2], inputShape: [1, 4, 2, 2], channels: 6, biasDims: [6],
      attributes: [group(2)]),
    Case(opType: "Gemm", weightDims: [5, 4], inputShape: [3, 5], channels: 4),
    Case(
      opType: "Gemm", weightDims: [4, 5], inputShape: [3, 5], channels: 4, biasDims: [4],
      attributes: [number("transB", 1)]),
    Case(
      opType: "Gemm", weightDims: [5, 4], inputShape: [3, 5], channels: 4, biasDims: [1, 4],
      attributes: [factor("alpha", 0.5), factor("beta", -2)]),
    Case(
      opType: "Gemm", weightDims: [5, 4], inputShape: [3, 5], channels: 4, biasDims: [], attributes: [factor("beta", 3)]
    ),
  ]

  static func group(_ count: Int64) -> OnnxAttributeProto { number("group", count) }
  static func number(_ key: String, _ value: Int64) -> OnnxAttributeProto {
    Build.attribute(key, .int) { $0.i = value }
  }
  static func factor(_ key: String, _ value: Float) -> OnnxAttributeProto {
    Build.attribute(key, .float) { $0.f = value }
  }

  static func randomValues(_ dims: [Int64], in range: ClosedRange<Float>, _ random: inout SplitMix) -> [Float] {
    (0..<dims.reduce(1, *)).map { _ in Float.random(in: range, using: &random) }
  }

  static func model(_ test: Case, _ random: inout SplitMix, batchNorm: [OnnxAttributeProto] = []) -> OnnxModelProto {
    let perChannel = [Int64(test.channels)]
    var constants = [
      Build.floats("w", randomValues(test.weightDims, in: -1...1, &random), dims: test.weightDims),
      Build.floats("scale", randomValues(perChannel, in: -2...2, &random), dims: perChannel),
      Build.floats("shift", randomValues(perChannel, in: -2...2, &random), dims: perChannel),
      Build.floats("mean", randomValues(perChannel, in: -2...2, &random), dims: perChannel),
      Build.floats("variance", randomValues(perChannel, in: 0...4, &random), dims: perChannel),
    ]
    var core = Build.node(test.opType, ["x", "w"], ["c"], name: "core")
    core.attribute = test.attributes
    if let dims = test.biasDims {
      constants.append(Build.floats("b", randomValues(dims, in: -1...1, &random), dims: dims))
      core.input.append("b")
    }
    var norm = Build.node("BatchNormalization", ["c", "scale", "shift", "mean", "variance"], ["n"], name: "norm")
    norm.attribute = [factor("epsilon", 0.01)] + batchNorm
    return Build.model([core, norm, Build.node("Relu", ["n"], ["y"], name: "relu")], initializers: constants)
  }

  @Test(arguments: cases) func `folded arithmetic equals unfolded`(test: Case) throws {
    var random = SplitMix(seed: 3)
    let model = try read(Self.model(test, &random))
    let input = (0..<test.inputShape.reduce(1, *)).map { _ in Double.random(in: -1...1, using: &random) }
    let (graph, folded) = model.graph.foldingBatchNorm(opsets: model.opsets)
    #expect(folded.map(\.batchNorm) == ["norm"] && folded.map(\.into) == ["core"])
    #expect(graph.nodes.map(\.name) == ["core", "relu"])
    #expect(graph.nodes[0].outputs == ["n"])
    let expected = try Reference(model.graph).run(input, shape: test.inputShape)
    let found = try Reference(graph).run(input, shape: test.inputShape)
    #expect(expected.count == found.count && !expected.isEmpty)
    for (a, b) in zip(expected, found) { #expect(abs(a - b) <= 1e-5 * max(1, abs(a))) }
    #expect(graph.removingDeadNodes().initializers.count == 2)
    #expect(model.graph.initializers["w"] != nil)
  }

  static let plain = cases[0]

  @Test func `training is not folded`() throws {
    var random = SplitMix(seed: 4)
    let training = try read(Self.model(Self.plain, &random, batchNorm: [Self.number("training_mode", 1)]))
    #expect(training.graph.foldingBatchNorm(opsets: training.opsets).folded.isEmpty)
    var statistics = Self.model(Self.plain, &random)
    statistics.graph.node[1].output += ["running_mean"]
    #expect(try read(statistics).graph.foldingBatchNorm(opsets: ["": 13]).folded.isEmpty)
  }

  @Test func `in operator set 6 only a node marked as a test is folded`() throws {
    var random = SplitMix(seed: 5)
    let unmarked = try read(Self.model(Self.plain, &random)).graph
    #expect(unmarked.foldingBatchNorm(opsets: ["": 6]).folded.isEmpty)
    let marked = try read(Self.model(Self.plain, &random, batchNorm: [Self.number("is_test", 1)])).graph
    #expect(marked.foldingBatchNorm(opsets: ["": 6]).folded.count == 1)
  }

  @Test func `a value between them that is wanted elsewhere stays`() throws {
    var random = SplitMix(seed: 6)
    let proto = Self.model(Self.plain, &random)
    var used = proto, output = proto
    used.graph.node[2] = Build.node("Add", ["n", "c"], ["y"])
    output.graph.output.append(Build.value("c"))
    #expect(try read(used).graph.foldingBatchNorm(opsets: ["": 13]).folded.isEmpty)
    #expect(try read(output).graph.foldingBatchNorm(opsets: ["": 13]).folded.isEmpty)
    let graph = try read(proto).graph
    #expect(graph.foldingBatchNorm(opsets: ["": 13], keeping: ["c"]).folded.isEmpty)
    #expect(graph.foldingBatchNorm(opsets: ["": 13], keeping: ["n"]).folded.count == 1)
  }

  @Test(arguments: [Float(-1), .nan, -0.01]) func `what would not give finite weights stays`(variance: Float) throws {
    var random = SplitMix(seed: 7)
    var proto = Self.model(Self.plain, &random)
    proto.graph.initializer[4].floatData[0] = variance
    #expect(try read(proto).graph.foldingBatchNorm(opsets: ["": 13]).folded.isEmpty)
  }

  @Test func `parameters of another length than the channels' stay`() throws {
    var random = SplitMix(seed: 8)
    var proto = Self.model(Self.plain, &random)
    for index in 1...4 {
      proto.graph.initializer[index] = Build.floats(proto.graph.initializer[index].name, [1], dims: [1])
    }
    #expect(try read(proto).graph.foldingBatchNorm(opsets: ["": 13]).folded.isEmpty)
  }

  @Test func `weights that two nodes share are folded for each on its own`() throws {
    var random = SplitMix(seed: 9)
    var proto = Self.model(Self.plain, &random)
    proto.graph.node[2] = Build.node("Conv", ["x", "w"], ["c2"], name: "core2")
    proto.graph.node.append(
      Build.node("BatchNormalization", ["c2", "scale", "shift", "mean", "variance"], ["n2"], name: "norm2"))
    proto.graph.node.append(Build.node("Add", ["n", "n2"], ["y"]))
    let (graph, folded) = try read(proto).graph.foldingBatchNorm(opsets: ["": 13])
    #expect(folded.map(\.into) == ["core", "core2"])
    #expect(graph.nodes[0].inputs[1] != graph.nodes[1].inputs[1])
    #expect(graph.nodes[0].inputs[2] != graph.nodes[1].inputs[2])
  }

  @Test func `one after another is folded too`() throws {
    var random = SplitMix(seed: 10)
    var proto = Self.model(Self.plain, &random)
    proto.graph.node[2] = Build.node(
      "BatchNormalization", ["n", "scale", "shift", "mean", "variance"], ["y"], name: "norm2")
    let graph = try read(proto).graph
    let (folded, names) = graph.foldingBatchNorm(opsets: ["": 13])
    #expect(names.map(\.into) == ["core", "core"])
    let input = (0..<54).map { _ in Double.random(in: -1...1, using: &random) }
    let expected = try Reference(graph).run(input, shape: [2, 3, 3, 3])
    let found = try Reference(folded).run(input, shape: [2, 3, 3, 3])
    for (a, b) in zip(expected, found) { #expect(abs(a - b) <= 1e-4 * max(1, abs(a))) }
  }

  /// x → Conv (1 → 2 channels) → Mul → Add → y.
  private func scaled(factor: Tensor, addend: Tensor) -> Graph {
    var graph = Graph(name: "scaled")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.initializers = ["w": Tensor([1, 2] as [Float], shape: [2, 1, 1, 1]), "f": factor, "a": addend]
    graph.nodes = [
      Node(name: "conv", opType: "Conv", inputs: ["x", "w"], outputs: ["c"]),
      Node(name: "mul", opType: "Mul", inputs: ["f", "c"], outputs: ["m"]),
      Node(name: "add", opType: "Add", inputs: ["m", "a"], outputs: ["y"]),
    ]
    return graph
  }

  @Test func `factors and addends by channel become weights and bias`() throws {
    let graph = scaled(
      factor: Tensor([3, -1] as [Float], shape: [2, 1, 1]), addend: Tensor([0.5] as [Float], shape: [1]))
    let folded = graph.foldingChannelAffines(opsets: ["": 13])
    #expect(folded.nodes.map(\.name) == ["conv"] && folded.nodes[0].outputs == ["y"])
    let constants = folded.nodes[0].inputs.dropFirst().compactMap { folded.initializers[$0]?.array(of: Float.self) }
    #expect(constants == [[3, -2], [0.5, 0.5]])
    // Only BatchNormalizations are folded where that was asked for.
    #expect(graph.foldingBatchNorm(opsets: ["": 13]).folded.isEmpty)
  }

  @Test(
    arguments: [Shape](arrayLiteral: [2], [1, 1, 2, 1], [1, 1, 1, 1, 1], [2, 1, 1, 1], [3, 1, 1], [2, 2, 1, 1]))
  func `constants that lie along other axes stay`(shape: Shape) {
    let factor = Tensor(Array(repeating: Float(2), count: shape.count), shape: shape)
    let graph = scaled(factor: factor, addend: Tensor(scalar: Float(1)))
    #expect(graph.foldingChannelAffines(opsets: ["": 13]).nodes.map(\.name) == ["conv", "mul", "add"])
  }

  @Test func `a network of the wild folds all it has`() throws {
    guard let path = sharedData("models/ultraface_slim-320.onnx") else { return }
    let model = try ONNXReader.readModel(at: path)
    let norms = model.graph.nodes.count { $0.opType == "BatchNormalization" }
    let (graph, folded) = model.graph.foldingBatchNorm(opsets: model.opsets)
    #expect(norms > 0 && folded.count == norms)
    #expect(graph.nodes.count == model.graph.nodes.count - norms)
  }
}
