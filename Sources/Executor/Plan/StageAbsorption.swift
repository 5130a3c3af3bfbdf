import TensorCore

extension PlanBuilder {
  /// Hands stages to kernels that can run them on their results at once: those after which nobody looks or rounds.
  mutating func absorbStages() {
    for position in steps.indices {
      while let planned = steps[position].stages.first, absorb(planned, at: position) {
        steps[position].stages.removeFirst()
      }
    }
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
}
