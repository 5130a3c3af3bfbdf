import Executor
import ONNX
import PrecisionAudit
import TensorCore
import TestSupport
import Testing

/// A power of two moved from one layer into the next.
@Suite struct RescalingTests {
  /// Two layers with a bias each; `between` stands between them.
  private static func model(
    _ opType: String, between: String = "Relu", weightScale: Float = 1e-6, isShared: Bool = false,
    isOutput: Bool = false
  ) -> Model {
    var sketch = ModelSketch(input: opType == "Conv" ? [1, 6, 3, 3] : [1, 6])
    var random = RandomNumbers(seed: 12)
    let shape: Shape = opType == "Conv" ? [6, 6, 1, 1] : [6, 6]
    let first = sketch.constant("first", random.floats(36).map { $0 * weightScale }, shape)
    let bias = sketch.constant("bias", random.floats(6).map { $0 * weightScale }, [6])
    let second = sketch.constant("second", random.floats(36).map { $0 / weightScale }, shape)
    sketch.node(opType, "a", ["x", first, bias])
    let middle = sketch.node(between, "middle", ["a"])
    sketch.node(opType, "y", [middle, isShared ? first : second])
    var model = sketch.model
    if isOutput { model.graph.outputs.append(ValueInfo(name: "a", elementType: .float32, shape: nil)) }
    return model
  }

  private static func output(_ model: Model, _ x: Tensor) throws -> [Float] {
    let session = Session(try Network(model).plan(for: [x.type]))
    session.load([x])
    try session.run()
    return try #require(session.outputs.first).array(of: Float.self)
  }

  @Test(arguments: ["Conv", "Gemm"], [nil, 2] as [Int?])
  func `float32 results stay the same to the last bit`(opType: String, channel: Int?) throws {
    let model = Self.model(opType)
    let rescaling = try #require(Rescaling(of: "a", channel: channel, amax: 1e-5, in: model.graph, .fp16))
    #expect(rescaling.from == "a" && rescaling.into == "y" && rescaling.exponent > 10)
    let changed = ModelCure.rescale(rescaling).applied(to: model)
    var random = RandomNumbers(seed: 13)
    let x =
      opType == "Conv"
      ? Tensor(random.floats(54), shape: [1, 6, 3, 3]) : Tensor(random.floats(6), shape: [1, 6])
    #expect(try Self.output(changed, x) == Self.output(model, x))
    let before = try #require(model.graph.initializers["first"]).array(of: Float.self)
    let after = try #require(changed.graph.initializers["first"]).array(of: Float.self)
    let moved = zip(before, after).filter { $0 != $1 }.count
    #expect(moved == (channel == nil ? 36 : 6))
  }

  @Test func `values keep room below the largest number`() throws {
    let model = Self.model("Gemm")
    let free = try #require(Rescaling(of: "a", amax: 1e-5, in: model.graph, .fp16))
    let tight = try #require(Rescaling(of: "a", amax: 100, in: model.graph, .fp16))
    #expect(tight.exponent < free.exponent)
    #expect(100 * Float(sign: .plus, exponent: tight.exponent, significand: 1) <= 65504 / 4)
  }

  @Test func `nothing is offered where a factor would not come out again`() {
    for model in [
      Self.model("Gemm", between: "Sigmoid"), Self.model("Gemm", isShared: true), Self.model("Gemm", isOutput: true),
      // Both layers alike: nothing to gain.
      Self.model("Gemm", weightScale: 1),
    ] {
      #expect(Rescaling(of: "a", amax: 1, in: model.graph, .fp16) == nil)
    }
    #expect(Rescaling(of: "nobody", amax: 1, in: Self.model("Gemm").graph, .fp16) == nil)
    // Shapes that move channels let only a factor of all of them pass.
    let flat = Self.model("Gemm", between: "Flatten")
    #expect(Rescaling(of: "a", amax: 1e-5, in: flat.graph, .fp16) != nil)
    #expect(Rescaling(of: "a", channel: 1, amax: 1e-5, in: flat.graph, .fp16) == nil)
  }
}
