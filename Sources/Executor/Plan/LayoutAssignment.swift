import TensorCore

extension PlanBuilder {
  /// Decides for every step how its tensors lie, and puts conversions where two steps differ.
  ///
  /// A step whose operator has fast code for channels-last images gets it; steps without a preference follow their
  /// inputs; all others, and whoever sees the network's outputs, find the order of ONNX.
  mutating func assignLayouts() throws(OperatorError) {
    let fused = steps
    steps = []
    for step in fused {
      var step = step
      try adapt(&step)
      steps.append(step)
    }
    outputs = outputs.map { arranged($0, .rowMajor) }
  }

  private mutating func adapt(_ step: inout Plan.Step) throws(OperatorError) {
    guard let kernel = step.kernel else {
      step.inputs = step.inputs.map { $0.map { arranged($0, .rowMajor) } }
      return
    }
    let given = step.inputs
    let input = given.first.flatMap { $0 }
    if kernel is RoundingKernel || isCopy(step), let input, let layout = types[input]?.layout {
      setLayout(layout, of: step)
    } else if let form = try channelsLastForm(of: step), form.isPreferred || follows(step, form) {
      step.kernel = form.kernel
      step.isChannelsLast = true
      for (index, value) in step.inputs.enumerated() {
        guard let value else { continue }
        step.inputs[index] = arranged(value, form.inputs.contains(index) ? .channelsLast(halo: 0) : .rowMajor)
      }
      setLayout(.channelsLast(halo: 0), of: step)
    } else {
      step.inputs = step.inputs.map { $0.map { arranged($0, .rowMajor) } }
    }
    arrangeBuffers(of: step, given: given)
    arrangeStages(of: &step)
  }

  /// Whether the step shows its input under the same shape.
  private func isCopy(_ step: Plan.Step) -> Bool {
    guard let output = step.outputs.first, let source = aliasOf[output] else { return false }
    return step.inputs.first == source && types[source]?.shape == types[output]?.shape
  }

  private func channelsLastForm(of step: Plan.Step) throws(OperatorError) -> ChannelsLastForm? {
    guard let node = step.node, let type = step.outputs.first.flatMap({ types[$0] }), type.shape.rank >= 3,
      [.float32, .float16, .bfloat16, .int8, .uint8].contains(type.elementType)
    else { return nil }
    let part = network.parts[node]
    let items = step.inputs.map { input in
      input.flatMap { value in types[value].map { Operand(type: $0, value: constants[value]) } }
    }
    return try part.implementation.channelsLast(for: Operands(items, of: part.label, outputCount: part.outputs.count))
  }

  /// Whether an input that the form reads channels last lies so already.
  private func follows(_ step: Plan.Step, _ form: ChannelsLastForm) -> Bool {
    form.inputs.contains { index in
      guard index < step.inputs.count, let value = step.inputs[index], let type = types[value] else { return false }
      return type.layout != .rowMajor
    }
  }

  private mutating func setLayout(_ layout: Layout, of step: Plan.Step) {
    for value in step.outputs + step.stages.map(\.stage.value) where !(types[value]?.layoutIsMoot ?? true) {
      types[value]?.layout = layout
    }
  }

  /// Lets what is said of the buffer of an input apply to its converted copy, where the step reads that instead.
  private mutating func arrangeBuffers(of step: Plan.Step, given: [Int?]) {
    guard let output = step.outputs.first else { return }
    for case (let before?, let after?) in zip(given, step.inputs) where before != after {
      if aliasOf[output] == before { aliasOf[output] = after }
      if mayOverwrite[output] == before { mayOverwrite[output] = after }
    }
  }

  private mutating func arrangeStages(of step: inout Plan.Step) {
    guard let output = step.outputs.first, let layout = types[output]?.layout else { return }
    for index in step.stages.indices {
      let planned = step.stages[index]
      guard let other = planned.stage.other else { continue }
      let stage = Stage(
        node: planned.stage.node, value: planned.stage.value, kind: planned.stage.kind, other: arranged(other, layout))
      step.stages[index] = Plan.PlannedStage(stage: stage, rounding: planned.rounding)
    }
  }

  /// The value that shows `value` in `layout`: itself, or a copy that a step before the one in work makes.
  private mutating func arranged(_ value: Int, _ layout: Layout) -> Int {
    guard let type = types[value], type.layout != layout, !type.layoutIsMoot else { return value }
    let key = ArrangedCopy(value: value, layout: layout)
    if let copy = arrangedCopies[key] { return copy }
    let copy = newValue()
    arrangedCopies[key] = copy
    types[copy] = TensorType(type.shape, type.elementType, layout: layout)
    grid[copy] = grid[value]
    let kernel = LayoutConversion(type, channelsLast: layout != .rowMajor)
    if let tensor = constants[value] {
      let arranged = Tensor(uninitialized: types[copy] ?? type)
      kernel.convert(tensor, into: arranged)
      constants[copy] = arranged
    } else {
      let label = NodeLabel(name: name(of: value), opType: "Layout", opset: 1)
      steps.append(Plan.Step(node: nil, label: label, kernel: kernel, inputs: [value], outputs: [copy]))
    }
    return copy
  }

  struct ArrangedCopy: Hashable {
    let value: Int
    let layout: Layout
  }
}
