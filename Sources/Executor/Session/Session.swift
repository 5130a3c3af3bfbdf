package import TensorCore

/// Runs samples through a plan, one after the other, in memory of its own.
///
/// A session belongs to one worker; several workers share the plan. Nothing is allocated per sample except where the
/// network's shapes depend on the data.
@safe
package final class Session {
  package let plan: Plan
  /// What the session computes in.
  package let memory: SessionMemory
  private let scratch: TensorBuffer
  private let widened: ConversionBuffer
  /// The tensor of each value; nil while a value of unknown shape has not been computed.
  private var tensors: [Tensor?]
  private var frames: [Frame?]

  /// - Parameter memory: Of other sessions of the same worker, for one that runs between them.
  package init(_ plan: Plan, memory: SessionMemory = SessionMemory()) {
    self.plan = plan
    self.memory = memory
    let (arena, scratch) = memory.buffers(for: plan)
    self.scratch = scratch
    widened = ConversionBuffer()
    var tensors: [Tensor?] = []
    tensors.reserveCapacity(plan.types.count)
    for (type, storage) in zip(plan.types, plan.storage) {
      switch storage {
      case .constant(let tensor): tensors.append(tensor)
      case .arena(let offset): tensors.append(type.map { Tensor(type: $0, buffer: arena, byteOffset: offset) })
      case .late: tensors.append(nil)
      }
    }
    self.tensors = tensors
    frames = []
    frames = plan.steps.map { $0.isLate ? nil : makeFrame($0) }
    plan.packing.help()
  }

  /// The tensors to write a sample's values to before ``run(sample:observer:)``, in the order of the model's inputs.
  package var inputs: [Tensor] { plan.network.inputs.compactMap { tensors[$0] } }

  /// The network's outputs, in the order of the model's; valid until the next run in the same memory.
  package var outputs: [Tensor] { plan.outputs.compactMap { tensors[$0] } }

  /// An output by its place in the model's list, valid as ``outputs`` are; nil where the node did not yield it.
  package func output(_ index: Int) -> Tensor? { tensors[plan.outputs[index]] }

  /// Copies the values of `sample` into ``inputs``. Their types must be the plan's.
  package func load(_ sample: [Tensor]) {
    precondition(sample.map(\.type) == plan.inputTypes, "the sample must have the types that the plan was made for")
    for (source, target) in zip(sample, inputs) {
      unsafe target.base.copyMemory(from: source.base, byteCount: source.type.byteCount)
    }
  }

  /// Computes the outputs from what stands in ``inputs``.
  ///
  /// - Parameters:
  ///   - sample: The sample's rank, handed through to the observer.
  ///   - observer: Is shown every tensor that the plan was made to observe.
  ///   - times: Is told how long each step took.
  package func run(
    sample: Int = 0, observer: (any TensorObserver)? = nil, times: StepTimes? = nil
  ) throws(OperatorError) {
    if let observer { showInputsAndConstants(to: observer, sample: sample) }
    for index in plan.steps.indices {
      let step = plan.steps[index]
      let started = times.map { _ in ContinuousClock.now }
      if step.isLate {
        try runLate(step)
      } else if let kernel = step.kernel {
        try run(kernel, at: index)
      }
      let computed = times.map { _ in ContinuousClock.now }
      finish(step, sample: sample, observer: observer)
      if let times, let started, let computed {
        times.add(step: index, kernel: computed - started, rest: ContinuousClock.now - computed)
      }
    }
  }

  private func run(_ kernel: any Kernel, at index: Int) throws(OperatorError) {
    guard var frame = frames[index] else { return }
    try kernel.run(&frame)
  }

  // MARK: After the kernel

  /// Rounds, observes and runs the stages on what the step's kernel has made.
  private func finish(_ step: Plan.Step, sample: Int, observer: (any TensorObserver)?) {
    for value in step.outputs {
      guard let tensor = tensors[value] else { continue }
      step.rounding?.round(tensor)
      if let observer { show(value, tensor, to: observer, sample: sample) }
    }
    guard let output = step.outputs.first, !step.stages.isEmpty, let tensor = tensors[output] else { return }
    for planned in step.stages {
      apply(planned.stage.kind, to: tensor, other: planned.stage.other.flatMap { tensors[$0] })
      planned.rounding?.round(tensor)
      if let observer { show(planned.stage.value, tensor, to: observer, sample: sample) }
    }
  }

  private func show(_ value: Int, _ tensor: Tensor, to observer: any TensorObserver, sample: Int) {
    guard let number = plan.observed[value], let values = unsafe widened.floats(of: tensor) else { return }
    unsafe observer.observe(tensor: number, sample: sample, values: values)
  }

  private func showInputsAndConstants(to observer: any TensorObserver, sample: Int) {
    for value in plan.network.inputs {
      if let tensor = tensors[value] { show(value, tensor, to: observer, sample: sample) }
    }
    for value in plan.observedConstants {
      if let tensor = tensors[value] { show(value, tensor, to: observer, sample: sample) }
    }
  }

  // MARK: Shapes that depend on the data

  private func runLate(_ step: Plan.Step) throws(OperatorError) {
    guard let node = step.node else { return }
    let part = plan.network.parts[node]
    var inputs = step.inputs.map { $0.flatMap { tensors[$0] } }
    for (position, form) in step.lateForms.enumerated() {
      guard let form, let tensor = inputs[position], form.fits(tensor.shape) else { continue }
      // A node of 16 bits quantizes a tensor of 16 bits.
      inputs[position] = form.rounding(form.precision.rounding(tensor))
    }
    let items = zip(step.inputs, inputs).map { value, tensor in
      value.flatMap { value in tensor.map { operand($0, of: value) } }
    }
    let operands = Operands(items, of: part.label, outputCount: part.outputs.count)
    let results = try Network.compute(part.implementation, operands, inputs: inputs)
    for (value, tensor) in zip(step.outputs, results) { tensors[value] = tensor }
  }

  private func operand(_ tensor: Tensor, of value: Int) -> Operand {
    var operand = Operand(constant: tensor)
    if case .constant = plan.storage[value] { return operand }
    operand.isMomentary = true
    return operand
  }

  private func makeFrame(_ step: Plan.Step) -> Frame {
    unsafe Frame(
      node: step.label, inputs: step.inputs.map { $0.flatMap { tensors[$0] } },
      outputs: step.outputs.compactMap { tensors[$0] }, scratch: scratch.base)
  }
}

extension Session {
  /// The element types of what has been computed, by index into ``Network/tensors``; nil for what has not.
  package func elementType(ofTensor index: Int) -> ElementType? {
    plan.type(of: index)?.elementType ?? tensors[plan.network.tensors[index].value]?.elementType
  }
}
