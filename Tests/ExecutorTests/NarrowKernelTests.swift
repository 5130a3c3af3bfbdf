import Executor
import ONNX
import TensorCore
import TestSupport
import Testing

/// Operators with steps of their own, each step rounded to binary16.
@Suite struct NarrowKernelTests {
  private static func network(
    _ opType: String, _ inputs: [String: Tensor] = [:], _ attributes: [String: Attribute] = [:], shape: [Int],
    order: [String] = []
  ) throws -> Network {
    var model = Model(graph: Graph(name: "one"), opsets: ["": 18])
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: shape.map(Dimension.fixed))]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    model.graph.initializers = inputs
    model.graph.nodes = [
      Node(name: "node", opType: opType, inputs: ["x"] + order, outputs: ["y"], attributes: attributes)
    ]
    return try Network(model)
  }

  /// The node's result in binary16 throughout.
  private static func narrow(
    _ network: Network, _ x: Tensor, _ arithmetic: NarrowArithmetic = NarrowArithmetic(.fp16)
  ) throws -> [Float] {
    let session = TwinSession(try network.twinPlan(for: [x.type], arithmetic))
    try session.load([x])
    try session.run(narrow: { _ in true })
    return try #require(session.outputs.first).array(of: Float.self)
  }

  @Test func `squares past 65504 make a norm infinite, those below 2^-25 make it zero`() throws {
    let norm = try Self.network("ReduceL2", [:], ["keepdims": .int(0)], shape: [1, 2])
    #expect(try Self.narrow(norm, Tensor([Float(300), 400], shape: [1, 2])) == [.infinity])
    #expect(try Self.narrow(norm, Tensor([Float(3), 4], shape: [1, 2])) == [5])
    #expect(try Self.narrow(norm, Tensor([Float(1e-4), 1e-4], shape: [1, 2])) == [0])
    let squares = try Self.network("ReduceSumSquare", [:], ["keepdims": .int(0)], shape: [1, 2])
    #expect(try Self.narrow(squares, Tensor([Float(256), 1], shape: [1, 2])) == [.infinity])
    #expect(try Self.narrow(squares, Tensor([Float(3), 4], shape: [1, 2])) == [25])
    // As frameworks compute: float32 inside.
    let wide = NarrowArithmetic(.fp16, rounding: .operator)
    #expect(try Self.narrow(norm, Tensor([Float(300), 400], shape: [1, 2]), wide) == [500])
  }

  @Test func `LpNormalization divides by the rounded norm`() throws {
    let norm = try Self.network("LpNormalization", [:], ["axis": .int(1), "p": .int(2)], shape: [1, 2])
    #expect(try Self.narrow(norm, Tensor([Float(300), 400], shape: [1, 2])) == [0, 0])
    #expect(try Self.narrow(norm, Tensor([Float(1e-4), 1e-4], shape: [1, 2])) == [0, 0])
    #expect(try Self.narrow(norm, Tensor([Float(3), 4], shape: [1, 2])) == [0.6, 0.8].map { Float(Float16($0)) })
    let sum = try Self.network("LpNormalization", [:], ["axis": .int(1), "p": .int(1)], shape: [1, 2])
    #expect(try Self.narrow(sum, Tensor([Float(300), 100], shape: [1, 2])) == [0.75, 0.25])
  }

  @Test(arguments: ["InstanceNormalization", "GroupNormalization"])
  func `a spread of more than 256 drowns in an infinite variance`(opType: String) throws {
    let ones = Tensor([Float(1)], shape: [1]), shift = Tensor([Float(0.5)], shape: [1])
    var attributes: [String: Attribute] = ["epsilon": .float(1e-5)]
    if opType == "GroupNormalization" { attributes["num_groups"] = .int(1) }
    var model = try Self.network(
      opType, ["scale": ones, "bias": shift], attributes, shape: [1, 1, 2, 2], order: ["scale", "bias"]
    ).model
    let network = try Network(model)
    let far = Tensor([Float(-400), 400, -400, 400], shape: [1, 1, 2, 2])
    #expect(try Self.narrow(network, far) == [0.5, 0.5, 0.5, 0.5])
    let near = Tensor([Float(-4), 4, -4, 4], shape: [1, 1, 2, 2])
    #expect(try Self.narrow(network, near) == [-0.5, 1.5, -0.5, 1.5])
    let wide = NarrowArithmetic(.fp16, rounding: .operator)
    #expect(try Self.narrow(network, far, wide) == [-0.5, 1.5, -0.5, 1.5])
    // An epsilon that vanishes leaves zero over zero.
    model.graph.nodes[0].attributes["epsilon"] = .float(1e-12)
    let equal = Tensor([Float(1), 1, 1, 1], shape: [1, 1, 2, 2])
    #expect(try Self.narrow(Network(model), equal).allSatisfy(\.isNaN))
  }

  /// Which kernel a framework picks, and so where the bias is added: observed on a GPU.
  @Test(arguments: [
    (NarrowFormat.bf16, 8, 8, 8, false), (.bf16, 64, 64, 8, false), (.bf16, 8, 1, 8, true), (.fp16, 64, 64, 8, true),
    (.fp16, 8, 8, 8, false), (.fp16, 64, 64, 4, false), (.fp16, 8, 1, 8, true),
  ])
  func `a bias is added before or after the rounding, as a framework's kernel does`(
    format: NarrowFormat, channels: Int, group: Int, side: Int, isApart: Bool
  ) throws {
    // A product 0.39 steps above a number of the format, and a bias of a quarter of a step.
    let factor: Float = format == .bf16 ? 1 + 7 * 0x1p-7 : 1 + 20 * 0x1p-10
    let bias: Float = format == .bf16 ? 0x1p-9 : 0x1p-12
    let perGroup = channels / group
    var weights = Array(repeating: Float(0), count: channels * perGroup * 9)
    // The middle tap of the channel's own image.
    for channel in 0..<channels { weights[(channel * perGroup + channel % perGroup) * 9 + 4] = factor }
    let network = try Self.network(
      "Conv",
      [
        "w": Tensor(weights, shape: [channels, perGroup, 3, 3]),
        "b": Tensor(Array(repeating: bias, count: channels), shape: [channels]),
      ], ["pads": .ints([1, 1, 1, 1]), "group": .int(group)], shape: [1, channels, side, side], order: ["w", "b"])
    let x = Tensor(
      Array(repeating: factor, count: channels * side * side), shape: [1, channels, side, side])
    let rounded = { (value: Float) in format == .bf16 ? bfloat16Rounded(value) : binary16Rounded(value) }
    let once = rounded(factor * factor + bias), twice = rounded(rounded(factor * factor) + bias)
    #expect(once != twice)
    let found = try Self.narrow(network, x, NarrowArithmetic(format, rounding: .operator))
    #expect(found.allSatisfy { $0 == (isApart ? twice : once) })
    #expect(try Self.narrow(network, x, NarrowArithmetic(format)).allSatisfy { $0 == once })
  }
}
