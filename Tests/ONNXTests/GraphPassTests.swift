import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct GraphPassTests {
  /// A graph of these nodes, with constants of one value each.
  func graph(
    _ nodes: [OnnxNodeProto], inputs: [String] = ["x"], outputs: [String] = ["y"], constants: [String] = []
  ) throws -> Graph {
    try read(
      Build.model(
        nodes, inputs: inputs, outputs: outputs, initializers: constants.map { Build.floats($0, [1], dims: [1]) })
    ).graph
  }

  /// A node whose body uses the value `captured` of the graph around it.
  func body(_ captured: String, _ output: String) -> OnnxNodeProto {
    Build.node(
      "If", ["x"], [output],
      Build.attribute("then_branch", .graph) {
        $0.g = Build.graph([Build.node("Relu", [captured], ["inner"])], outputs: ["inner"])
      })
  }

  @Test func `the index knows who makes and who uses a value, bodies included`() throws {
    let index = GraphIndex(
      try graph([
        Build.node("Relu", ["x"], ["a"]), Build.node("Mul", ["a", "a"], ["b"]), body("a", "y"),
      ]))
    #expect(index.producer(of: "a") == 0)
    #expect(index.producer(of: "x") == nil)
    #expect(index.consumers(of: "a") == [1, 2])
    #expect(index.consumers(of: "x") == [0, 2])
    #expect(index.consumers(of: "y") == [])
    #expect(index.isGraphOutput("y") && !index.isGraphOutput("b"))
  }

  @Test func `what depends on an input is told from what is constant`() throws {
    let graph = try graph(
      [
        Build.node("Exp", ["w"], ["v"]), Build.node("Constant", [], ["k"]), Build.node("Add", ["v", "k"], ["c"]),
        Build.node("Add", ["x", "c"], ["a"]), body("a", "i"), Build.node("Split", ["i"], ["", "y"]),
      ], inputs: ["x", "w"], constants: ["w"])
    #expect(graph.valuesDependingOnInputs == ["x", "a", "i", "y"])
  }

  @Test func `nodes and constants that no output needs are removed`() throws {
    let graph = try graph(
      [
        Build.node("Add", ["x", "w"], ["a"]), Build.node("Add", ["x", "u"], ["dead"]),
        Build.node("Relu", ["dead"], ["deader"]), body("a", "y"),
      ], inputs: ["x", "u", "unused"], constants: ["w", "u"])
    let live = graph.removingDeadNodes()
    #expect(live.nodes.map(\.name) == ["a", "y"])
    #expect(live.initializers.keys.sorted() == ["w"])
    #expect(live.inputs.map(\.name) == ["x", "unused"])
    #expect(live.overridableInputs.isEmpty)
    #expect(graph.removingDeadNodes(keeping: ["dead"]).nodes.map(\.name) == ["a", "dead", "y"])
  }

  /// Adds one to its input; makes a large output of `Large`; fails on `Fail`.
  struct Adder: NodeEvaluator {
    struct Failure: Error {}

    func evaluate(_ node: Node, inputs: [Tensor?], opsets: [String: Int]) throws -> [Tensor]? {
      switch node.opType {
      case "Fail": throw Failure()
      case "Decline": nil
      case "Large": [Tensor([Float](repeating: 0, count: 100), shape: [100])]
      default: [Tensor([(inputs.first??.array(of: Float.self)[0] ?? 0) + 1], shape: [1])]
      }
    }
  }

  @Test func `chains of constants are computed under their own names`() throws {
    let folded = try graph(
      [
        Build.node("Constant", [], ["k"]), Build.node("Up", ["k", "", "w"], ["a"]), Build.node("Up", ["a"], ["b"]),
        Build.node("Add", ["x", "b"], ["y"]),
      ], outputs: ["y", "b"], constants: ["w"]
    ).foldingConstants(with: Adder(), opsets: [:])
    #expect(folded.nodes.map(\.name) == ["y"])
    #expect(folded.initializers["a"]?.array(of: Float.self) == [2])
    #expect(folded.initializers["b"]?.array(of: Float.self) == [3])
    #expect(folded.outputs.map(\.name) == ["y", "b"])
  }

  @Test(arguments: ["Fail", "Decline", "Large", "RandomNormal"])
  func `a node that cannot be folded stays, with all that needs it`(opType: String) throws {
    let graph = try graph([
      Build.node(opType, [], ["a"]), Build.node("Up", ["a"], ["b"]), Build.node("Add", ["x", "b"], ["y"]),
    ])
    let folded = graph.foldingConstants(with: Adder(), opsets: [:], maximumByteCount: 399)
    #expect(folded.nodes.map(\.name) == ["a", "b", "y"])
    #expect(folded.initializers.isEmpty)
  }

  @Test func `a node with two outputs is folded only when both are there`() throws {
    let graph = try graph([Build.node("Up", [], ["a", "b"]), Build.node("Sum", ["x", "a", "b"], ["y"])])
    #expect(graph.foldingConstants(with: Adder(), opsets: [:]).nodes.count == 2)
    let one = try self.graph([Build.node("Up", [], ["a", ""]), Build.node("Sum", ["x", "a"], ["y"])])
    #expect(one.foldingConstants(with: Adder(), opsets: [:]).nodes.count == 1)
  }

  @Test func `nodes with bodies stay`() throws {
    let graph = try graph([body("w", "y")], inputs: [], constants: ["x", "w"])
    #expect(graph.foldingConstants(with: Adder(), opsets: [:]).nodes.count == 1)
  }
}
