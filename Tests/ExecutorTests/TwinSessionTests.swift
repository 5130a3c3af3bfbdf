import Executor
import ONNX
import TensorCore
import TestSupport
import Testing

/// Twin sessions against ordinary ones, which round by another way.
@Suite struct TwinSessionTests {
  private static func network() throws -> Network {
    try Network(ONNXReader.readModel(at: "\(Checkout.root)/Datasets/fashion/fashion_resnet.onnx"))
  }

  private static func input(seed: UInt64) -> Tensor {
    var random = RandomNumbers(seed: seed)
    return Tensor(random.floats(28 * 28, in: -0.8...2), shape: [1, 1, 28, 28])
  }

  /// The outputs of an ordinary session under a policy.
  private static func outputs(_ network: Network, _ policy: NumericPolicy, _ input: Tensor) throws -> [Float] {
    let session = Session(try network.plan(for: [input.type], policy: policy))
    session.load([input])
    try session.run()
    return try #require(session.outputs.first).array(of: Float.self)
  }

  @Test(arguments: NarrowFormat.allCases)
  func `a run with every layer narrow equals the policy's, bit for bit`(format: NarrowFormat) throws {
    let network = try Self.network()
    let plan = try network.twinPlan(
      for: [Self.input(seed: 1).type], NarrowArithmetic(format, rounding: .operator, composites: .wide))
    let session = TwinSession(plan)
    let precision: Precision = format == .fp16 ? .fp16 : .bf16
    for seed in 1...3 as ClosedRange<UInt64> {
      let input = Self.input(seed: seed)
      try session.load([input])
      #expect(try session.wideOutputs[0].array(of: Float.self) == Self.outputs(network, NumericPolicy(), input))
      try session.run(narrow: { _ in true })
      let expected = try Self.outputs(network, NumericPolicy(precision, rounding: .operator), input)
      #expect(session.outputs[0].array(of: Float.self) == expected)
    }
  }

  /// A convolution, normalized, added to and rectified; nodes that move numbers, the border of a pad one that is on no grid;
  /// a product that is rectified before its bias is added.
  private static var movingModel: Model {
    var random = RandomNumbers(seed: 7)
    var model = Model(graph: Graph(name: "moving"), opsets: ["": 13])
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: [1, 8, 6, 6].map { .fixed($0) })]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    model.graph.initializers = [
      "w": Tensor(random.floats(64), shape: [8, 8, 1, 1]), "b": Tensor(random.floats(8), shape: [8]),
      "gain": Tensor(random.floats(8), shape: [8]), "shift": Tensor(random.floats(8), shape: [8]),
      "variance": Tensor(random.floats(8, in: 0.5...2), shape: [8]),
      "shape": Tensor([16, 6, 6] as [Int64], shape: [3]), "odd": Tensor([1, 3, 15] as [Int64], shape: [3]),
      "pads": Tensor([0, 0, 1, 1, 0, 0, 0, 2] as [Int64], shape: [4 * 2]), "border": Tensor(scalar: Float(0.1)),
      "axes": Tensor([0] as [Int64], shape: [1]), "factors": Tensor(random.floats(40), shape: [8, 5]),
      "addend": Tensor(random.floats(5), shape: [5]),
    ]
    func node(_ opType: String, _ inputs: [String], _ output: String, _ attributes: [String: Attribute] = [:]) -> Node {
      Node(name: output, opType: opType, inputs: inputs, outputs: [output], attributes: attributes)
    }
    model.graph.nodes = [
      node("Conv", ["x", "w", "b"], "c"), node("BatchNormalization", ["c", "gain", "shift", "b", "variance"], "n"),
      node("Add", ["n", "x"], "a"), node("Relu", ["a"], "r"), node("Conv", ["r", "w", "b"], "d"),
      node("Concat", ["r", "d"], "joined", ["axis": .int(1)]),
      node("Transpose", ["joined"], "turned", ["perm": .ints([0, 1, 3, 2])]),
      node("Reshape", ["turned", "shape"], "flat"), node("Gather", ["flat", "odd"], "some", ["axis": .int(0)]),
      node("Unsqueeze", ["some", "axes"], "image"), node("Pad", ["image", "pads", "border"], "padded"),
      node("MaxPool", ["padded"], "most", ["kernel_shape": .ints([2, 2])]),
      node("MatMul", ["most", "factors"], "product"), node("Relu", ["product"], "positive"),
      node("Add", ["positive", "addend"], "y"),
    ]
    return model
  }

  @Test(arguments: NarrowFormat.allCases, [NumericPolicy.Rounding.fused, .operator])
  func `fused layers are rounded once, and numbers that only move not again`(
    format: NarrowFormat, rounding: NumericPolicy.Rounding
  ) throws {
    let network = try Network(Self.movingModel)
    var random = RandomNumbers(seed: 8)
    let input = Tensor(random.floats(8 * 36), shape: [1, 8, 6, 6])
    var arithmetic = NarrowArithmetic(format, rounding: rounding, composites: .wide)
    arithmetic.addsBiasApart = false
    let session = TwinSession(try network.twinPlan(for: [input.type], arithmetic))
    try session.load([input])
    try session.run(narrow: { _ in true })
    let policy = NumericPolicy(format == .fp16 ? .fp16 : .bf16, rounding: rounding)
    #expect(try session.outputs[0].array(of: Float.self) == Self.outputs(network, policy, input))
  }

  @Test func `a border that is an attribute is rounded`() throws {
    var model = Model(graph: Graph(name: "border"), opsets: ["": 9])
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: [.fixed(2)])]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    model.graph.nodes = [
      Node(
        name: "pad", opType: "Pad", inputs: ["x"], outputs: ["y"],
        attributes: ["pads": .ints([1, 0]), "value": .float(0.1)])
    ]
    let found = try Self.outputs(
      Network(model), NumericPolicy(.fp16), Tensor([1, 0.3] as [Float], shape: [2]))
    #expect(found == [0.1, 1, 0.3].map { Float(Float16($0)) })
  }

  @Test func `any choice of layers equals the policy's, in any order of runs`() throws {
    let network = try Self.network()
    let input = Self.input(seed: 9)
    let plan = try network.twinPlan(for: [input.type], NarrowArithmetic(.bf16, rounding: .operator))
    let session = TwinSession(plan)
    try session.load([input])
    for chosen in [[0], [3, 4], [plan.units.count - 1], Array(plan.units.indices.dropFirst(5)), []] as [[Int]] {
      let wanted = Set(chosen)
      try session.run(narrow: wanted.contains, from: chosen.first ?? 0)
      var policy = NumericPolicy(.fp32, rounding: .operator)
      for unit in chosen { for node in plan.units[unit].nodes { policy.exceptions[node] = .bf16 } }
      #expect(try session.outputs[0].array(of: Float.self) == Self.outputs(network, policy, input), "units \(chosen)")
    }
  }

  @Test func `each layer by itself changes nothing that a later run reads`() throws {
    let network = try Self.network()
    let input = Self.input(seed: 4)
    let session = TwinSession(try network.twinPlan(for: [input.type], NarrowArithmetic(.fp16)))
    try session.load([input])
    var seen = 0
    try session.runEach { _, reference, result in
      seen += 1
      #expect(reference.type == result.type)
    }
    #expect(seen == session.plan.units.count)
    try session.run(narrow: { _ in false })
    #expect(session.outputs[0].array(of: Float.self) == session.wideOutputs[0].array(of: Float.self))
  }

  @Test func `blocks as long as the sum are float32 sums rounded once`() throws {
    let network = try Self.network()
    let input = Self.input(seed: 5)
    var arithmetic = NarrowArithmetic(.fp16, rounding: .operator, composites: .wide)
    let wide = TwinSession(try network.twinPlan(for: [input.type], arithmetic))
    arithmetic.accumulation = .narrow(block: 1 << 20)
    let once = TwinSession(try network.twinPlan(for: [input.type], arithmetic))
    arithmetic.accumulation = .narrow(block: 1)
    let each = TwinSession(try network.twinPlan(for: [input.type], arithmetic))
    var errors: [Double] = []
    for session in [wide, once, each] {
      try session.load([input])
      try session.run(narrow: { _ in true })
      let pairs = zip(session.outputs[0].array(of: Float.self), session.wideOutputs[0].array(of: Float.self))
      errors.append(pairs.reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) })
    }
    // A bias added after the sum's rounding is rounded once more: a little worse, not of another size.
    #expect(errors[1] < 20 * errors[0])
    #expect(errors[2] > errors[1])
  }
}
