import Executor
import Export
import ONNX
import TensorCore
import TestSupport
import Testing

@Suite struct TypedNetworkTests {
  /// Two convolutions with a Reshape and a Relu between them, and a residual sum.
  static func network(opset: Int = 13) -> Model {
    var random = RandomNumbers(seed: 5)
    return SmallModel(opset: opset).input("x", 1, 2, 6, 6)
      .constant("w1", Tensor(random.floats(36), shape: [2, 2, 3, 3])).constant("b1", [0.5, -0.25], 2)
      .constant("w2", Tensor(random.floats(36), shape: [2, 2, 3, 3])).constant(
        "s", Tensor([Int64(1), 2, 6, 6], shape: [4])
      )
      .node("Conv", ["x", "w1", "b1"], ["c1"], ["pads": .ints([1, 1, 1, 1])]).node("Relu", ["c1"], ["r1"])
      .node("Reshape", ["r1", "s"], ["t"]).node("Conv", ["t", "w2"], ["c2"], ["pads": .ints([1, 1, 1, 1])])
      .node("Add", ["c2", "r1"], ["y"]).output("y", rank: 4).model
  }

  /// The element types of the values that nodes read and make, by the file's own words and the operators' rules.
  private func types(_ model: Model) -> ElementTypes { ElementTypes(model.graph) }

  @Test(arguments: HalfType.allCases) func `everything is in 16 bits, and inputs and outputs where they may be`(
    half: HalfType
  ) throws {
    let typed = try TypedNetwork.make(Self.network(), options: TypingOptions(half))
    #expect(typed.castCount == 0 && typed.kept.isEmpty)
    #expect(typed.model.graph.inputs[0].elementType == half.elementType)
    #expect(typed.model.graph.initializers["w1"]?.elementType == half.elementType)
    #expect(typed.model.opsets[""] == (half == .fp16 ? 13 : 22))
    #expect(typed.model.graph.initializers.keys.sorted() == ["b1", "s", "w1", "w2"])
    var options = TypingOptions(half)
    options.keepsIOTypes = true
    let closed = try TypedNetwork.make(Self.network(), options: options)
    #expect(closed.castCount == 2)
    #expect(closed.model.graph.outputs.map(\.elementType) == [.float32] && closed.model.graph.outputs[0].name == "y")
    #expect(try outputTypes(closed.model) == [.float32])
  }

  @Test func `a kept layer is float32 by the types of its tensors, with one Cast for all readers`() throws {
    var options = TypingOptions(.fp16, kept: ["c2"])
    options.keepsIOTypes = true
    let typed = try TypedNetwork.make(Self.network(), options: options)
    let graph = typed.model.graph, types = types(typed.model)
    let conv = try #require(graph.nodes.first { $0.name == "c2" })
    #expect((conv.inputs + conv.outputs).allSatisfy { types[$0] == .float32 })
    #expect(types[try #require(graph.nodes.first { $0.name == "c1" }).inputs[1]] == .float16)
    // In; before the kept layer; behind it; out.
    #expect(typed.castCount == 4)
    var pairs: Set<[String]> = []
    for cast in graph.nodes where cast.opType == "Cast" {
      let target = types[cast.outputs[0]]?.rawValue ?? ""
      #expect(pairs.insert([cast.inputs[0], target]).inserted, "one Cast for each value and type")
      #expect(types[cast.inputs[0]] != types[cast.outputs[0]])
    }
    #expect(typed.kept.map(\.name).contains("c2"))
  }

  @Test func `what merely moves values takes the side that needs fewer Casts`() throws {
    // float32 → Reshape → float32: no Cast at all between the two kept layers.
    let kept = try TypedNetwork.make(Self.network(), options: TypingOptions(.fp16, kept: ["c1", "r1", "c2", "y"]))
    #expect(kept.kept.first { $0.name == "t" }?.reason == .fewerCasts)
    // Only the network's input and output are in 16 bits.
    #expect(kept.castCount == 2)
  }

  @Test(arguments: [[], ["c1"], ["c2"], ["c1", "y"], ["t", "r1"]], HalfType.allCases)
  func `the typed network computes what the simulation does, bit for bit`(kept: [String], half: HalfType) throws {
    let model = Self.network()
    var options = TypingOptions(half, kept: Set(kept))
    options.keepsIOTypes = true
    let typed = try TypedNetwork.make(model, options: options)
    let exceptions = Dictionary(uniqueKeysWithValues: typed.kept.map { ($0.name, Precision.fp32) })
    let low: Precision = half == .fp16 ? .fp16 : .bf16
    let simulated = try run(model, policy: NumericPolicy(low, exceptions: exceptions, rounding: .operator))
    let (wide, rounding) = try #require(typed.model.widened())
    let policy = NumericPolicy(.fp32, exceptions: rounding.mapValues { _ in low }, rounding: .operator)
    #expect(isSame(try run(wide, randomInputs(of: model), policy: policy), simulated))
    // The operators of 16 bits add in the same order and round as often.
    #expect(isSame(try run(typed.model, randomInputs(of: model)), simulated))
    // With the real operators sums may be added in another order: a step of 16 bits at most here and there.
    let real = try run(typed.model, randomInputs(of: model))
    for (one, other) in zip(real, simulated) {
      for (a, b) in zip(one.array(of: Float.self), other.array(of: Float.self)) {
        #expect(abs(a - b) <= (half == .fp16 ? 0x1p-8 : 0x1p-4))
      }
    }
  }

  @Test func `constants that do not fit follow the policy`() throws {
    let model = SmallModel(opset: 13).input("x", 2).constant("big", [1e6, 1], 2).node("Mul", ["x", "big"], ["m"])
      .node("Relu", ["m"], ["y"]).output("y", rank: 1).model
    let keep = try TypedNetwork.make(model, options: TypingOptions(.fp16))
    #expect(keep.kept.map(\.reason) == [.overflow] && keep.model.graph.initializers["big"]?.elementType == .float32)
    var options = TypingOptions(.fp16)
    options.overflow = .saturate
    let cut = try TypedNetwork.make(model, options: options)
    #expect(cut.saturatedCount == 1)
    #expect(cut.model.graph.initializers["big"]?.array(of: Float16.self) == [65504, 1])
    options.overflow = .refuse
    let error = #expect(throws: ExportError.self) { try TypedNetwork.make(model, options: options) }
    #expect(error == .overflow(tensor: "big", value: 1e6, count: 1, type: "float16"))
    // bfloat16 reaches as far as float32, nearly.
    #expect(try TypedNetwork.make(model, options: TypingOptions(.bf16)).kept.isEmpty)
  }

  @Test func `bodies of control flow are typed inside and float32 at their border`() throws {
    func body(_ name: String, _ opType: String) -> Graph {
      var body = Graph(name: name)
      body.initializers["\(name).w"] = Tensor([Float(0.1), 0.2], shape: [2])
      body.nodes = [
        Node(name: "\(name).n", opType: opType, inputs: ["h", "\(name).w"], outputs: ["\(name).m"]),
        Node(name: "\(name).o", opType: "Mul", inputs: ["\(name).m", "v"], outputs: [name]),
      ]
      body.outputs = [ValueInfo(name: name, elementType: .float32, shape: nil)]
      return body
    }
    let model = SmallModel(opset: 13).input("x", 2).input("c", type: .bool).constant("v", [0.3, 0.7], 2)
      .node("Relu", ["x"], ["h"])
      .node(
        "If", ["c"], ["i"], ["then_branch": .graph(body("then", "Add")), "else_branch": .graph(body("else", "Sub"))]
      )
      .node("Neg", ["i"], ["y"]).output("y", rank: 1).model
    let typed = try TypedNetwork.make(model, options: TypingOptions(.fp16))
    #expect(typed.kept.map(\.reason) == [.controlFlow])
    let results = try run(typed.model)
    #expect(results[0].elementType == .float16)
    let branch = try #require(typed.model.graph.nodes.first { $0.opType == "If" }?.subgraphs.first)
    #expect(branch.initializers.values.contains { $0.elementType == .float16 })
    #expect(branch.nodes.last?.opType == "Cast")
  }

  @Test func `old operators are raised for the types only`() throws {
    var random = RandomNumbers(seed: 6)
    let model = SmallModel(opset: 9).input("x", 1, 2, 4, 4).constant(
      "w", Tensor(random.floats(36), shape: [2, 2, 3, 3])
    )
    .node("Conv", ["x", "w"], ["c"]).node("Clip", ["c"], ["y"], ["min": .float(0), "max": .float(6)])
    .output("y", rank: 4).model
    #expect(try TypedNetwork.make(model, options: TypingOptions(.fp16)).model.opsets == ["": 9])
    #expect(try TypedNetwork.make(model, options: TypingOptions(.bf16)).model.opsets == ["": 22])
  }
}
