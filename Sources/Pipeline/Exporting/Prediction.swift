import Executor
import Export
import ONNX
import Quantization
import TensorCore

/// What an exported network should compute: the network that it came from, under a numeric policy.
struct Prediction: Sendable {
  let model: Model
  private(set) var policy: NumericPolicy

  /// INT8 by the plan, the rest in FP32. Sums of float32 may be added in another order.
  init(model: Model, plan: QuantizationPlan) {
    self.model = model
    policy = NumericPolicy(.fp32, operandGrids: plan.gridsByNode)
  }

  /// Every node in the type that the exported network gives it, each result rounded.
  init(model: Model, typed: TypedNetwork, half: HalfType) {
    self.model = model
    var exceptions: [String: Precision] = [:]
    for node in typed.kept { exceptions[node.name] = .fp32 }
    policy = NumericPolicy(half == .fp16 ? .fp16 : .bf16, exceptions: exceptions, rounding: .operator)
  }

  /// INT8 by the plan with scales of the type of 16 bits, the rest in that type, the kept nodes in FP32.
  init(model: Model, plan: QuantizationPlan, typed: TypedNetwork, half: HalfType) {
    self.init(model: model, typed: typed, half: half)
    policy.operandGrids = QuantizedNetwork.grids(of: plan, scales: half)
  }

  func run(_ inputs: [Tensor]) throws -> [Tensor] { try Prediction.run(model, inputs, policy: policy) }

  /// What a typed network computes on the kernels of float32 networks; nil where there is no telling.
  static func runWidened(_ model: Model, _ inputs: [Tensor]) throws -> [Tensor]? {
    guard let (wide, rounding) = model.widened() else { return nil }
    let exceptions = rounding.mapValues { $0 == .fp16 ? Precision.fp16 : .bf16 }
    return try run(
      wide, inputs.map(\.widened), policy: NumericPolicy(.fp32, exceptions: exceptions, rounding: .operator))
  }

  static func run(_ model: Model, _ inputs: [Tensor], policy: NumericPolicy = NumericPolicy()) throws -> [Tensor] {
    let session = Session(try Network(model).plan(for: inputs.map(\.type), policy: policy))
    session.load(inputs)
    try session.run()
    return session.outputs
  }
}
