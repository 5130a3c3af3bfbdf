import TensorCore

extension PlanBuilder {
  /// Lets nodes that work element by element run in place on the output of the step before them.
  ///
  /// A node joins a step when it alone reads the step's result and everything else it reads is ready by then.
  mutating func fuse() {
    let uses = countUses()
    var readyAt = Array(repeating: -1, count: types.count)
    for (position, step) in steps.enumerated() { for value in step.outputs { readyAt[value] = position } }
    var reader: [Int: Int] = [:]
    for (position, step) in steps.enumerated() { for case let value? in step.inputs { reader[value] = position } }

    var absorbed = Set<Int>()
    for position in steps.indices where !absorbed.contains(position) && steps[position].outputs.count == 1 {
      guard !steps[position].isLate, steps[position].node != nil else { continue }
      var tail = steps[position].outputs[0]
      while uses[tail] == 1, let next = reader[tail], !absorbed.contains(next),
        let stage = stage(steps[next], after: tail, at: position, readyAt: readyAt)
      {
        // The last rounding of the step is the one that remains when rounding is per fused step.
        if policy.rounding == .fused { dropRounding(ofTail: position) }
        let rounding = steps[next].rounding
        steps[position].stages.append(Plan.PlannedStage(stage: stage, rounding: rounding))
        absorbed.insert(next)
        interior.insert(tail)
        tail = stage.value
        readyAt[tail] = position
      }
    }
    steps = steps.enumerated().filter { !absorbed.contains($0.offset) }.map(\.element)
  }

  /// How often each value is read, by steps and by their stages.
  func countUses() -> [Int] {
    var uses = Array(repeating: 0, count: types.count)
    for step in steps {
      for case let value? in step.inputs + step.stages.map(\.stage.other) { uses[value] += 1 }
    }
    // An output of the network must keep a value of its own.
    for value in network.outputs { uses[value] += 2 }
    return uses
  }

  /// What `next` does to `value`, if it can be done at the end of the step at `position`.
  private func stage(_ next: Plan.Step, after value: Int, at position: Int, readyAt: [Int]) -> Stage? {
    let rounding = steps[position].stages.last.map(\.rounding) ?? steps[position].rounding
    guard let node = next.node, !next.isLate, next.outputs.count == 1, next.rounding == rounding,
      let source = next.inputs.firstIndex(of: value), let type = types[value], types[next.outputs[0]] == type,
      type.elementType == .float32, aliasOf[value] == nil
    else { return nil }
    let part = network.parts[node]
    let items = next.inputs.map { input in
      input.flatMap { value in types[value].map { Operand(type: $0, value: constants[value]) } }
    }
    let operands = Operands(items, of: part.label, outputCount: 1)
    guard let kind = part.implementation.stage(replacing: source, of: operands) else { return nil }
    if case .bias = kind, rounding != nil || !canAddBias(to: steps[position]) { return nil }
    guard case .add(let index) = kind else {
      return Stage(node: node, value: next.outputs[0], kind: kind, other: nil)
    }
    guard let other = next.inputs[index], other != value, constants[other] != nil || readyAt[other] < position else {
      return nil
    }
    return Stage(node: node, value: next.outputs[0], kind: kind, other: other)
  }

  /// Whether a bias may join the step, where no result is rounded: only a product's, whose results lie row by row. Where they
  /// are, the two stay nodes of their own, for what rounds a sum once or twice is the policy's business.
  private func canAddBias(to step: Plan.Step) -> Bool {
    step.kernel is PackedProduct && !keepsEveryValue
  }

  private mutating func dropRounding(ofTail position: Int) {
    if let last = steps[position].stages.popLast() {
      steps[position].stages.append(Plan.PlannedStage(stage: last.stage, rounding: nil))
    } else {
      steps[position].rounding = nil
    }
  }
}
