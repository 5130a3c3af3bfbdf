import Executor
import ONNX
import TensorCore
import Testing

/// Operands whose shapes depend on the data are rounded like all others, once they are there.
@Suite struct LateRoundingTests {
  /// `y = Compress(x, x > 0) · w`: how many values are left is known when the sample is.
  private static var model: Model {
    var model = Model(graph: Graph(name: "late"), opsets: ["": 13])
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: [.fixed(4)])]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    model.graph.initializers = ["zero": Tensor(scalar: Float(0)), "w": Tensor(scalar: Float(3))]
    model.graph.nodes = [
      Node(name: "positive", opType: "Greater", inputs: ["x", "zero"], outputs: ["mask"]),
      Node(name: "pick", opType: "Compress", inputs: ["x", "mask"], outputs: ["some"]),
      Node(name: "scale", opType: "Mul", inputs: ["some", "w"], outputs: ["y"]),
    ]
    return model
  }

  private func run(_ policy: NumericPolicy) throws -> [Float] {
    let input = Tensor([0.24, -1, 0.26, 1.0001] as [Float], shape: [4])
    let network = try Network(Self.model)
    let session = Session(try network.plan(for: [input.type], policy: policy, observing: .nothing))
    session.load([input])
    try session.run(sample: 0, observer: nil)
    return try #require(session.output(0)?.floats)
  }

  @Test func `to integer codes`() throws {
    #expect(try run(NumericPolicy()) == [0.24 * 3, 0.26 * 3, 1.0001 * 3])
    let policy = NumericPolicy(operandGrids: ["scale": [0: IntegerGrid(scale: 0.25)]])
    #expect(try run(policy) == [0.25 * 3, 0.25 * 3, 3])
  }

  @Test func `to 16 bits`() throws {
    let found = try run(NumericPolicy(exceptions: ["scale": .fp16]))
    #expect(found == [0.24, 0.26, 1].map { Float(Float16(Float(Float16($0)) * 3)) })
  }
}
