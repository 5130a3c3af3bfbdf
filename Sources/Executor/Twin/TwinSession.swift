package import TensorCore

/// Runs a sample in float32 once, and then as often as wanted with some of its layers in a 16-bit format: only what
/// follows a changed value is computed again.
///
/// A session belongs to one worker. Where every operator rounds, with wide composites and no bias apart, results are those
/// of a ``Session`` under a ``NumericPolicy`` of the same choice, to the last bit. Where fused steps round, layers are
/// fused as in float32, whichever of them are narrow; a policy fuses a residual sum only where both operands are ready.
@safe
package final class TwinSession {
  package let plan: TwinPlan
  private let steps: [Plan.Step]
  private let scratch: TensorBuffer
  private let temporary: TensorBuffer
  private var temporaryOffset = 0
  /// The float32 values.
  private var wide: [Tensor?]
  /// What changed values hold; valid where ``isChanged``.
  private var changed: [Tensor?]
  private var isChanged: [Bool]
  /// The last step that reads a changed value.
  private var frontier = -1

  package init(_ plan: TwinPlan) {
    self.plan = plan
    steps = plan.plan.steps
    scratch = TensorBuffer(byteCount: plan.scratchByteCount)
    temporary = TensorBuffer(byteCount: plan.temporaryByteCount)
    let first = TensorBuffer(byteCount: plan.plan.arenaByteCount)
    let second = TensorBuffer(byteCount: plan.plan.arenaByteCount)
    wide = []
    changed = []
    for (type, storage) in zip(plan.plan.types, plan.plan.storage) {
      switch storage {
      case .constant(let tensor):
        wide.append(tensor)
        changed.append(nil)
      case .arena(let offset):
        wide.append(type.map { Tensor(type: $0, buffer: first, byteOffset: offset) })
        changed.append(type.map { Tensor(type: $0, buffer: second, byteOffset: offset) })
      case .late:
        wide.append(nil)
        changed.append(nil)
      }
    }
    isChanged = Array(repeating: false, count: wide.count)
  }

  // MARK: The float32 run

  /// Runs `sample`, whose tensors must have the plan's input types, in float32 throughout.
  package func load(_ sample: [Tensor]) throws(OperatorError) {
    precondition(sample.map(\.type) == plan.inputTypes, "the sample must have the types that the plan was made for")
    for index in isChanged.indices { isChanged[index] = false }
    for (source, value) in zip(sample, plan.plan.network.inputs) {
      if let target = wide[value] {
        unsafe target.base.copyMemory(from: source.base, byteCount: source.type.byteCount)
      }
    }
    for position in steps.indices {
      let step = steps[position]
      let inputs = step.inputs.map { $0.flatMap { wide[$0] } }
      let outputs = try compute(position, inputs, narrow: nil, into: step.outputs.map { wide[$0] })
      for (value, tensor) in zip(step.outputs, outputs) { wide[value] = tensor }
      runStages(step, narrow: nil)
      for planned in step.stages { wide[planned.stage.value] = wide[step.outputs[0]] }
    }
  }

  /// The sample that was loaded last.
  package var sample: [Tensor] { plan.plan.network.inputs.compactMap { wide[$0] } }
  /// The network's outputs in float32.
  package var wideOutputs: [Tensor] { plan.plan.outputs.compactMap { wide[$0] } }
  /// The network's outputs of the last ``run(narrow:visit:)``.
  package var outputs: [Tensor] { plan.plan.outputs.compactMap { current($0) } }

  // MARK: Runs with narrow layers

  /// Runs the units for which `isNarrow` holds in the 16-bit format, the others in float32, on the values of the
  /// sample that was loaded last.
  ///
  /// - Parameter visit: Is shown, unit by unit, its place in ``TwinPlan/units``, its first result in float32, and in
  ///   this run. Where it is nil, the run ends as soon as no difference is left that could reach an output.
  package func run(
    narrow isNarrow: (Int) -> Bool, from firstUnit: Int = 0, visit: ((Int, Tensor, Tensor) -> Void)? = nil
  ) throws(OperatorError) {
    for index in isChanged.indices { isChanged[index] = false }
    frontier = -1
    guard firstUnit < plan.units.count else { return }
    var pending = plan.units.indices.last(where: isNarrow) ?? -1
    if pending >= 0 { pending = plan.units[pending].step }
    for position in plan.units[firstUnit].step..<steps.count {
      if visit == nil, position > max(frontier, pending) { break }
      let unit = plan.unitOfStep[position]
      try run(position, isNarrow: unit.map(isNarrow) ?? false)
      guard let unit, let visit else { continue }
      let value = steps[position].stages.last?.stage.value ?? steps[position].outputs[0]
      if let reference = wide[value], let result = current(value) { visit(unit, reference, result) }
    }
  }

  /// Runs each unit by itself in the 16-bit format, on float32 inputs.
  package func runEach(visit: (Int, Tensor, Tensor) -> Void) throws(OperatorError) {
    for index in isChanged.indices { isChanged[index] = false }
    for (unit, entry) in plan.units.enumerated() {
      try run(entry.step, isNarrow: true)
      let step = steps[entry.step]
      let value = step.stages.last?.stage.value ?? step.outputs[0]
      if let reference = wide[value], let result = current(value) { visit(unit, reference, result) }
      for value in step.outputs + step.stages.map(\.stage.value) { isChanged[value] = false }
    }
  }

  private func current(_ value: Int) -> Tensor? { isChanged[value] ? changed[value] : wide[value] }

  private func run(_ position: Int, isNarrow: Bool) throws(OperatorError) {
    let step = steps[position]
    let reads = step.inputs + step.stages.map(\.stage.other)
    guard isNarrow || reads.contains(where: { $0.map { isChanged[$0] } ?? false }) else { return }
    let narrow = isNarrow ? plan.narrow[position] : nil
    temporaryOffset = 0
    let inputs = step.inputs.enumerated().map { index, input in
      input.flatMap { operand($0, constant: narrow?.constants[index], isRounded: narrow != nil, isLate: step.isLate) }
    }
    let outputs = try compute(position, inputs, narrow: narrow, into: step.outputs.map { changed[$0] })
    for (value, tensor) in zip(step.outputs, outputs) {
      changed[value] = tensor
      isChanged[value] = true
    }
    if let bias = narrow?.bias, let tensor = changed[step.outputs[0]] {
      plan.arithmetic.round(tensor)
      apply(bias, to: tensor, other: nil)
    }
    for planned in step.stages { changed[planned.stage.value] = changed[step.outputs[0]] }
    runStages(step, narrow: narrow)
    if narrow != nil { for value in step.outputs { changed[value].map(plan.arithmetic.round) } }
    settle(step)
  }

  /// Marks what really differs.
  private func settle(_ step: Plan.Step) {
    for value in step.outputs {
      let last = value == step.outputs[0] ? step.stages.last?.stage.value ?? value : value
      let differs = differs(wide[last], changed[last])
      isChanged[value] = differs
      isChanged[last] = differs
      if differs { frontier = max(frontier, plan.lastReader[last]) }
    }
  }

  private func differs(_ a: Tensor?, _ b: Tensor?) -> Bool {
    guard let a, let b, a.type == b.type else { return true }
    return unsafe a.type.byteCount > 0 && !equalBytes(a.base, b.base, a.type.byteCount)
  }

  /// What a step reads of `value`: for a narrow unit a rounded copy.
  private func operand(_ value: Int, constant: Tensor?, isRounded: Bool, isLate: Bool = false) -> Tensor? {
    guard let tensor = current(value), isRounded, tensor.elementType == .float32 else { return current(value) }
    if let constant { return constant }
    let copy = temporaryTensor(tensor.type, isLate: isLate)
    plan.arithmetic.round(tensor, into: copy)
    return copy
  }

  private func temporaryTensor(_ type: TensorType, isLate: Bool) -> Tensor {
    let alignment = TensorBuffer.alignment
    let end = temporaryOffset + type.byteCount
    // What a late step yields may show its inputs' bytes, so they must be of its own.
    guard !isLate, end <= temporary.byteCount else { return Tensor(uninitialized: type) }
    defer { temporaryOffset = (end + alignment - 1) / alignment * alignment }
    return Tensor(type: type, buffer: temporary, byteOffset: temporaryOffset)
  }

  private func runStages(_ step: Plan.Step, narrow: TwinPlan.Narrow?) {
    guard let output = step.outputs.first, !step.stages.isEmpty,
      let tensor = isChanged[output] ? changed[output] : wide[output]
    else { return }
    for (index, planned) in step.stages.enumerated() {
      let other = planned.stage.other.flatMap {
        operand($0, constant: narrow?.stageConstants[index], isRounded: narrow != nil)
      }
      apply(narrow?.stages[index] ?? planned.stage.kind, to: tensor, other: other)
    }
  }

  /// Computes a step's outputs; into `targets` where their types are known beforehand.
  private func compute(
    _ position: Int, _ inputs: [Tensor?], narrow: TwinPlan.Narrow?, into targets: [Tensor?]
  ) throws(OperatorError) -> [Tensor] {
    let step = steps[position]
    guard let kernel = narrow == nil ? step.kernel : narrow?.kernel ?? step.kernel else {
      return try computeLate(step, inputs)
    }
    let outputs = targets.compactMap { $0 }
    var frame = unsafe Frame(node: step.label, inputs: inputs, outputs: outputs, scratch: scratch.base)
    try kernel.run(&frame)
    return frame.outputs
  }

  private func computeLate(_ step: Plan.Step, _ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
    guard let node = step.node else { return [] }
    let part = plan.plan.network.parts[node]
    let items = inputs.map { tensor -> Operand? in
      guard let tensor else { return nil }
      var operand = Operand(constant: tensor)
      operand.isMomentary = true
      return operand
    }
    let operands = Operands(items, of: part.label, outputCount: part.outputs.count)
    return try Network.compute(part.implementation, operands, inputs: inputs)
  }
}
