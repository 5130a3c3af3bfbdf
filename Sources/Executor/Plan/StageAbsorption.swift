import KernelInterface
import TensorCore

extension PlanBuilder {
  /// Spares results a rounding that could not change them: those that are made of numbers of the format already.
  mutating func dropNeedlessRounding() {
    for position in steps.indices {
      let step = steps[position]
      guard let precision = step.rounding, let node = step.node, network.parts[node].implementation.movesNumbers,
        step.inputs.allSatisfy({ $0.map { isRounded($0, to: precision) } ?? true })
      else { continue }
      steps[position].rounding = nil
    }
  }

  private func isRounded(_ value: Int, to precision: Precision) -> Bool {
    if let type = types[value], type.elementType != .float32 { return true }
    return grid[value]?.precision == precision
  }

  /// Hands stages and roundings to kernels that can run them on their results at once: stages after which nobody looks
  /// or rounds, the rounding of the results, and a copy on an integer grid where the copy alone is read.
  mutating func absorbStages() {
    for position in steps.indices {
      while let planned = steps[position].stages.first, absorb(planned, at: position) {
        steps[position].stages.removeFirst()
      }
      absorbRounding(at: position)
    }
    absorbCopies()
  }

  private mutating func absorb(_ planned: Plan.PlannedStage, at position: Int) -> Bool {
    let step = steps[position]
    guard step.rounding == nil, step.outputs.count == 1, observedTensor(step.outputs[0]) == nil,
      var kernel = step.kernel as? any EpilogueKernel
    else { return false }
    guard kernel.stages.append(planned.stage.kind, residual: step.inputs.count), kernel.canAbsorb(kernel.stages) else {
      return false
    }
    if let other = planned.stage.other { steps[position].inputs.append(other) }
    steps[position].kernel = kernel
    // What the step makes is now what the stage makes.
    mayOverwrite[planned.stage.value] = nil
    steps[position].outputs = [planned.stage.value]
    steps[position].rounding = planned.rounding
    return true
  }

  private mutating func absorbRounding(at position: Int) {
    guard let precision = steps[position].rounding, absorb(precision.rounding, at: position) else { return }
    steps[position].rounding = nil
  }

  /// Has the kernel at `position` round what it makes.
  private mutating func absorb(_ rounding: ValueRounding, at position: Int) -> Bool {
    guard var kernel = steps[position].kernel as? any EpilogueKernel, kernel.stages.append(rounding),
      kernel.canAbsorb(kernel.stages)
    else { return false }
    steps[position].kernel = kernel
    return true
  }

  /// Has kernels make the rounded copy of their result in its place, where nothing else reads the result.
  private mutating func absorbCopies() {
    let uses = countUses()
    var maker: [Int: Int] = [:]
    var absorbed: Set<Int> = []
    for (position, step) in steps.enumerated() {
      if let copying = step.kernel as? RoundingKernel, let source = step.inputs[0], uses[source] == 1,
        observedTensor(source) == nil, let place = maker[source], let rounding = copying.form.rounding,
        types[source] == types[step.outputs[0]], absorb(rounding, at: place)
      {
        steps[place].outputs = step.outputs
        mayOverwrite[step.outputs[0]] = nil
        absorbed.insert(position)
      } else if step.outputs.count == 1, step.stages.isEmpty, step.rounding == nil {
        maker[step.outputs[0]] = position
      }
    }
    steps = steps.enumerated().filter { !absorbed.contains($0.offset) }.map(\.element)
  }
}
