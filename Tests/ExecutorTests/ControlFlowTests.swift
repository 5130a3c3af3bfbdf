import Executor
import ONNX
import TensorCore
import Testing

@Suite struct ControlFlowTests {
  @Test func `a loop's body reads what the present sample left around it`() throws {
    var body = Graph(name: "body")
    body.inputs = [
      ValueInfo(name: "turn", elementType: .int64, shape: []), ValueInfo(name: "goes", elementType: .bool, shape: []),
      ValueInfo(name: "sum", elementType: .float32, shape: nil),
    ]
    body.outputs = ["goesOn", "next"].map { ValueInfo(name: $0, elementType: nil, shape: nil) }
    body.nodes = [
      Node(name: "pass", opType: "Identity", inputs: ["goes"], outputs: ["goesOn"]),
      Node(name: "add", opType: "Add", inputs: ["sum", "x"], outputs: ["next"]),
    ]
    var graph = Graph(name: "outer")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: [.fixed(2)])]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.initializers = ["turns": Tensor(scalar: Int64(3)), "start": Tensor([Float(1), 1], shape: [2])]
    graph.nodes = [
      Node(
        name: "loop", opType: "Loop", inputs: ["turns", "", "start"], outputs: ["y"], attributes: ["body": .graph(body)]
      )
    ]
    let network = try Network(Model(graph: graph, opsets: ["": 17]))
    let session = Session(try network.plan(for: [TensorType([2])]))
    for (x, expected) in [([Float(1), 2], [Float(4), 7]), ([10, 20], [31, 61]), ([1, 2], [4, 7])] {
      session.load([Tensor(x, shape: [2])])
      try session.run()
      #expect(session.outputs[0].array(of: Float.self) == expected)
    }
  }

  @Test func `the branch taken decides the shape`() throws {
    func branch(_ name: String, _ node: Node) -> Attribute {
      var graph = Graph(name: name)
      graph.outputs = [ValueInfo(name: node.outputs[0], elementType: nil, shape: nil)]
      graph.nodes = [node]
      return .graph(graph)
    }
    var graph = Graph(name: "outer")
    graph.inputs = [
      ValueInfo(name: "which", elementType: .bool, shape: []),
      ValueInfo(name: "x", elementType: .float32, shape: [.fixed(2)]),
    ]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.nodes = [
      Node(
        name: "if", opType: "If", inputs: ["which"], outputs: ["y"],
        attributes: [
          "then_branch": branch("then", Node(name: "a", opType: "Neg", inputs: ["x"], outputs: ["t"])),
          "else_branch": branch(
            "else",
            Node(name: "b", opType: "Concat", inputs: ["x", "x"], outputs: ["e"], attributes: ["axis": .int(0)])),
        ])
    ]
    let network = try Network(Model(graph: graph, opsets: ["": 17]))
    let session = Session(try network.plan(for: [TensorType([], .bool), TensorType([2])]))
    for (flag, x, expected) in [
      (true, [Float(1), 2], [Float(-1), -2]), (false, [3, 4], [3, 4, 3, 4]), (true, [5, 6], [-5, -6]),
    ] {
      session.load([Tensor(scalar: flag), Tensor(x, shape: [2])])
      try session.run()
      #expect(session.outputs[0].array(of: Float.self) == expected)
    }
  }
}

@Suite struct FunctionInliningTests {
  private func model(_ functions: [Function]) -> Model {
    var graph = Graph(name: "outer")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: [.fixed(2)])]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.nodes = [
      Node(
        name: "call", opType: "Leak", domain: "own", inputs: ["x"], outputs: ["y"], attributes: ["slope": .float(0.5)])
    ]
    var model = Model(graph: graph, opsets: ["": 17, "own": 1])
    model.functions = functions
    return model
  }

  private func leak(_ nodes: [Node]) -> Function {
    var function = Function(name: "Leak", domain: "own")
    function.inputs = ["a"]
    function.outputs = ["b"]
    function.attributes = ["slope"]
    function.opsets = ["": 17, "own": 1]
    function.nodes = nodes
    return function
  }

  @Test func `a call becomes the body, with the caller's names and attributes`() throws {
    let nodes = [
      Node(
        name: "relu", opType: "LeakyRelu", inputs: ["a"], outputs: ["inner"], attributes: ["alpha": .reference("slope")]
      ),
      Node(name: "neg", opType: "Neg", inputs: ["inner"], outputs: ["b"]),
    ]
    let network = try Network(model([leak(nodes)]))
    #expect(network.model.graph.nodes.map(\.name) == ["call/relu", "call/neg"])
    #expect(network.model.graph.nodes.map(\.outputs) == [["call/inner"], ["y"]])
    let session = Session(try network.plan(for: [TensorType([2])]))
    session.load([Tensor([Float(-2), 2], shape: [2])])
    try session.run()
    #expect(session.outputs[0].array(of: Float.self) == [1, -2])
  }

  @Test func `a function that calls itself ends in an operator that nobody knows`() {
    let nodes = [Node(name: "again", opType: "Leak", domain: "own", inputs: ["a"], outputs: ["b"])]
    let error = #expect(throws: OperatorError.self) { _ = try Network(model([leak(nodes)])) }
    guard case .unknownOperator = error?.reason else {
      Issue.record("found \(String(describing: error))")
      return
    }
  }

  @Test func `an input that is an output too keeps both names`() throws {
    var function = leak([])
    function.outputs = ["a"]
    let session = Session(try Network(model([function])).plan(for: [TensorType([2])]))
    session.load([Tensor([Float(3), 4], shape: [2])])
    try session.run()
    #expect(session.outputs[0].array(of: Float.self) == [3, 4])
  }
}
