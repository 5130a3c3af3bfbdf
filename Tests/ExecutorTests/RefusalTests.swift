import Executor
import ONNX
import TensorCore
import Testing

/// Nodes that ask for what is not there are refused when the plan is made.
@Suite struct RefusalTests {
  @Test func `a slice that names an axis twice`() throws {
    let constants = [[9, 9], [10, 10], [0, 0]].map { Tensor($0.map(Int64.init), shape: [2]) }
    #expect(throws: OperatorError.self) { try plan("Slice", constants, TensorType([10])) }
    let one = [[9], [10], [0]].map { Tensor($0.map(Int64.init), shape: [1]) }
    #expect(throws: Never.self) { try plan("Slice", one, TensorType([10])) }
  }

  @Test func `a resize that makes something of nothing`() throws {
    func constants(_ sizes: [Int64]) -> [Tensor?] { [nil, nil, Tensor(sizes, shape: [4])] }
    #expect(throws: OperatorError.self) { try plan("Resize", constants([1, 1, 5, 4]), TensorType([1, 1, 0, 4])) }
    #expect(throws: Never.self) { try plan("Resize", constants([1, 1, 0, 8]), TensorType([1, 1, 0, 4])) }
  }

  private func plan(_ opType: String, _ constants: [Tensor?], _ type: TensorType) throws {
    var graph = Graph(name: "test")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    var inputs = ["x"]
    for (index, constant) in constants.enumerated() {
      graph.initializers["k\(index)"] = constant
      inputs.append(constant == nil ? "" : "k\(index)")
    }
    graph.nodes = [Node(name: "y", opType: opType, inputs: inputs, outputs: ["y"])]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    _ = try Network(Model(graph: graph, opsets: ["": 18])).plan(for: [type])
  }
}
