import ONNX
package import TensorCore

/// A network laid out so that each of its layers can run in float32 or in a 16-bit format, from sample to sample.
///
/// Every value keeps bytes of its own, so that a session can start again in the middle.
package final class TwinPlan: Sendable {
  /// What is rounded as one: a node, and those that a builder fuses into it.
  package struct Unit: Sendable {
    /// As the ONNX file names them; the first computes, the others run in place on its result.
    package let nodes: [String]
    package let opTypes: [String]
    /// The index of the first node in ``Network``: the same in every plan of a network.
    package let key: Int
    /// The tensor that the unit yields first, after all of its nodes.
    package let tensor: String
    package let type: TensorType?
    let step: Int
  }

  /// The 16-bit form of a step.
  struct Narrow: Sendable {
    /// Nil where shapes depend on the data: the session then asks the operator.
    let kernel: (any Kernel)?
    /// For each input its rounded value, where it is constant.
    let constants: [Tensor?]
    /// A convolution's bias that is added to the rounded result; the constant is zero then.
    let bias: StageKind?
    let stages: [StageKind]
    let stageConstants: [Tensor?]
  }

  let plan: Plan
  package let arithmetic: NarrowArithmetic
  package let units: [Unit]
  /// By step; nil for conversions between layouts.
  let narrow: [Narrow?]
  /// By step, its place in ``units``.
  let unitOfStep: [Int?]
  /// For each value, the last step that reads it; past the end for outputs.
  let lastReader: [Int]
  package var inputTypes: [TensorType] { plan.inputTypes }
  /// The bytes that a session for this plan allocates.
  package var byteCount: Int { 2 * plan.arenaByteCount + scratchByteCount + temporaryByteCount }
  let temporaryByteCount: Int
  /// What the hungriest kernel of either form asks for.
  let scratchByteCount: Int

  init(_ builder: PlanBuilder, _ plan: Plan, _ arithmetic: NarrowArithmetic) throws(OperatorError) {
    self.plan = plan
    self.arithmetic = arithmetic
    var units: [Unit] = [], narrow: [Narrow?] = [], unitOfStep: [Int?] = []
    var last = Array(repeating: -1, count: builder.types.count)
    var temporaryByteCount = 0
    for (position, step) in builder.steps.enumerated() {
      for case let value? in step.inputs + step.stages.map(\.stage.other) { last[value] = position }
      guard let node = step.node else {
        narrow.append(nil)
        unitOfStep.append(nil)
        continue
      }
      let form = try builder.narrowForm(of: step, arithmetic)
      narrow.append(form)
      unitOfStep.append(units.count)
      let value = step.stages.last?.stage.value ?? step.outputs[0]
      let parts = [node] + step.stages.map(\.stage.node)
      units.append(
        Unit(
          nodes: parts.map { builder.network.parts[$0].label.name },
          opTypes: parts.map { builder.network.parts[$0].label.opType }, key: node, tensor: builder.name(of: value),
          type: builder.types[value], step: position))
      let inputs = (step.inputs + step.stages.map(\.stage.other)).compactMap { $0 }
      let bytes = inputs.reduce(0) { $0 + (builder.types[$1]?.byteCount ?? 0) + TensorBuffer.alignment }
      temporaryByteCount = max(temporaryByteCount, bytes)
    }
    for value in builder.outputs { last[value] = builder.steps.count }
    scratchByteCount = narrow.reduce(plan.scratchByteCount) { max($0, $1?.kernel?.scratchByteCount ?? 0) }
    self.units = units
    self.narrow = narrow
    self.unitOfStep = unitOfStep
    lastReader = last
    self.temporaryByteCount = temporaryByteCount
  }
}

extension Network {
  /// Lays the network out for inputs of `inputTypes` so that every layer has a float32 and a 16-bit form.
  package func twinPlan(
    for inputTypes: [TensorType], _ arithmetic: NarrowArithmetic
  ) throws(OperatorError) -> TwinPlan {
    precondition(inputTypes.count == inputs.count, "one type for each of the network's inputs")
    var builder = PlanBuilder(network: self, policy: NumericPolicy(rounding: arithmetic.rounding), scope: .nothing)
    builder.keepsEveryValue = true
    try builder.propagate(inputTypes)
    builder.removeDeadSteps()
    if arithmetic.rounding == .fused { builder.fuse() }
    try builder.assignLayouts()
    let plan = try builder.finish()
    return try TwinPlan(builder, plan, arithmetic)
  }
}

extension PlanBuilder {
  /// The step's kernel with its constants rounded, in the layout that the step has.
  fileprivate func narrowForm(of step: Plan.Step, _ arithmetic: NarrowArithmetic) throws(OperatorError)
    -> TwinPlan.Narrow
  {
    var constants = step.inputs.map { $0.flatMap { self.constants[$0] }.map(arithmetic.rounding) }
    let bias = splitBias(of: step, &constants, operands(of: step, constants), arithmetic)
    var kernel: (any Kernel)?
    if let node = step.node, let operands = operands(of: step, constants) {
      let part = network.parts[node]
      kernel = try NarrowKernels.kernel(
        for: part.implementation, operands, arithmetic, isChannelsLast: step.isChannelsLast)
      if kernel == nil {
        kernel =
          step.isChannelsLast
          ? try part.implementation.channelsLast(for: operands)?.kernel ?? step.kernel
          : try part.implementation.kernel(for: operands)
      }
    }
    let stages = step.stages.map { planned -> StageKind in stage(planned.stage, arithmetic) }
    let stageConstants = step.stages.map { $0.stage.other.flatMap { self.constants[$0] }.map(arithmetic.rounding) }
    return TwinPlan.Narrow(
      kernel: kernel, constants: constants, bias: bias, stages: stages, stageConstants: stageConstants)
  }

  /// What the operator of a step knows: constants as ONNX orders them, types without a layout. Nil where shapes depend on
  /// the data.
  private func operands(of step: Plan.Step, _ constants: [Tensor?]) -> Operands? {
    guard let node = step.node, step.kernel != nil else { return nil }
    let part = network.parts[node]
    let items = zip(step.inputs, constants).map { input, constant -> Operand? in
      guard let value = input, var type = types[value] else { return nil }
      type.layout = .rowMajor
      return Operand(type: type, value: constant)
    }
    return Operands(items, of: part.label, outputCount: part.outputs.count)
  }

  /// Takes a convolution's bias out of its constants where it is added to a rounded result; nil for other steps.
  private func splitBias(
    of step: Plan.Step, _ constants: inout [Tensor?], _ operands: Operands?, _ arithmetic: NarrowArithmetic
  ) -> StageKind? {
    guard arithmetic.addsBiasApart, let node = step.node, constants.count > 2, let bias = constants[2],
      bias.elementType == .float32,
      FrameworkBias.isApart(network.parts[node].implementation, operands, arithmetic.format)
    else { return nil }
    let values = bias.array(of: Float.self)
    constants[2] = Tensor(Array(repeating: Float(0), count: values.count), shape: bias.shape)
    return .affine(scale: Array(repeating: 1, count: values.count), shift: values)
  }

  /// A stage with its parameters as the narrow node reads them: rounded.
  private func stage(_ stage: Stage, _ arithmetic: NarrowArithmetic) -> StageKind {
    guard case .affine = stage.kind else { return stage.kind }
    let part = network.parts[stage.node]
    let items = part.inputs.map { input -> Operand? in
      guard let value = input, let type = types[value] else { return nil }
      return Operand(type: TensorType(type.shape, type.elementType), value: constants[value].map(arithmetic.rounding))
    }
    let operands = Operands(items, of: part.label, outputCount: 1)
    for position in part.inputs.indices where constants[part.inputs[position] ?? 0] == nil {
      if let kind = part.implementation.stage(replacing: position, of: operands) { return kind }
    }
    return stage.kind
  }
}
