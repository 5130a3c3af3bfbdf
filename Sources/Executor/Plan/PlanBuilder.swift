import ONNX
package import TensorCore

extension Network {
  /// Lays the network out for inputs of `inputTypes`, in the order of the model's inputs.
  ///
  /// Nodes whose inputs are all known are computed here and now.
  ///
  /// - Parameter known: The values of inputs that never change, one per input or nothing; they must not be written to.
  package func plan(
    for inputTypes: [TensorType], policy: NumericPolicy = NumericPolicy(), observing scope: ObservationScope = .nothing,
    known: [Tensor?] = []
  ) throws(OperatorError) -> Plan {
    precondition(inputTypes.count == inputs.count, "one type for each of the network's inputs")
    var builder = PlanBuilder(network: self, policy: policy, scope: scope)
    for case (let value, let tensor?) in zip(inputs, known) { builder.constants[value] = tensor }
    try builder.propagate(inputTypes)
    builder.removeDeadSteps()
    builder.fuse()
    builder.dropNeedlessRounding()
    try builder.assignLayouts()
    builder.absorbStages()
    if policy.convolution == .winograd { builder.transformConvolutions() }
    return try builder.finish()
  }
}

/// The state of planning, one phase after the other.
struct PlanBuilder {
  let network: Network
  let policy: NumericPolicy
  let scope: ObservationScope
  /// Whether every value gets bytes of its own, which nothing overwrites until the next run.
  var keepsEveryValue = false
  var steps: [Plan.Step] = []
  var types: [TensorType?]
  var constants: [Tensor?]
  /// For each value, the one whose bytes it shows.
  var aliasOf: [Int?]
  /// For each value, the input value whose buffer the step that makes it may overwrite.
  var mayOverwrite: [Int?]
  /// The format that a value is already rounded to.
  var grid: [NumberForm?]
  /// For each value, the grids on which nodes read it, in the order of the nodes.
  private var gridsOfReaders: [Int: [NumberForm]] = [:]
  /// What the values take that were computed while planning.
  private var constantByteCount = 0
  /// The values that hold the network's outputs, in the order of ONNX.
  var outputs: [Int]
  private var roundedCopies: [RoundedCopy: Int] = [:]
  var arrangedCopies: [ArrangedCopy: Int] = [:]
  /// Values that only the next stage of their step reads.
  var interior: Set<Int> = []

  private struct RoundedCopy: Hashable {
    let value: Int
    let form: NumberForm
  }

  init(network: Network, policy: NumericPolicy, scope: ObservationScope) {
    self.network = network
    self.policy = policy
    self.scope = scope
    outputs = network.outputs
    let count = network.valueNames.count
    types = Array(repeating: nil, count: count)
    constants = Array(repeating: nil, count: count)
    aliasOf = Array(repeating: nil, count: count)
    mayOverwrite = Array(repeating: nil, count: count)
    grid = Array(repeating: nil, count: count)
    for part in network.parts {
      guard let grids = policy.operandGrids[part.label.name] else { continue }
      for (position, input) in part.inputs.enumerated() {
        guard let value = input, let grid = grids[position] else { continue }
        let form = NumberForm.grid(grid, policy.precision(of: part.label.name))
        if gridsOfReaders[value]?.contains(form) != true { gridsOfReaders[value, default: []].append(form) }
      }
    }
  }

  /// Whether the observer wants to see `value`, and under which number.
  func observedTensor(_ value: Int) -> Int? {
    guard value < network.tensorIndex.count, let tensor = network.tensorIndex[value] else { return nil }
    return scope.holds(tensor, of: network.tensors) ? tensor : nil
  }

  // MARK: Types

  /// Walks the nodes in order: computes what is constant, makes a step of what is not.
  mutating func propagate(_ inputTypes: [TensorType]) throws(OperatorError) {
    for (value, type) in zip(network.inputs, inputTypes) { types[value] = type }
    for (value, tensor) in network.constants {
      constants[value] = tensor
      types[value] = tensor.type
    }
    for value in network.inputs { roundForReaders(value) }
    for index in network.parts.indices { try add(index) }
  }

  private mutating func add(_ index: Int) throws(OperatorError) {
    let part = network.parts[index]
    let precision = policy.precision(of: part.label.name)
    let grids = policy.operandGrids[part.label.name]
    let forms: [NumberForm] = part.inputs.indices.map { position in
      grids?[position].map { .grid($0, precision) } ?? .precision(precision)
    }
    let inputs = zip(part.inputs, forms).map { input, form in input.map { quantized($0, to: form) } }
    guard let operands = operands(inputs, of: part) else { return addLate(part, index, inputs, forms) }
    let outputs: Outputs
    do {
      outputs = try part.implementation.outputs(for: operands)
    } catch let error {
      if case .unknownValue = error.reason { return addLate(part, index, inputs, forms) }
      throw error
    }
    guard let outputTypes = outputs.types else {
      let isConstant = inputs.allSatisfy { $0.map { constants[$0] != nil } ?? true }
      if isConstant { return try addConstants(Network.compute(part, operands), of: part) }
      return addLate(part, index, inputs, forms)
    }
    try check(outputTypes, of: part)
    if let known = outputs.values { return try addConstants(known, of: part) }
    if inputs.allSatisfy({ $0.map { constants[$0] != nil } ?? true }) {
      return try addConstants(Network.compute(part, operands), of: part)
    }
    let kernel = try part.implementation.kernel(for: operands)
    let values = outputTypes.indices.map { newOutput($0, of: part, type: outputTypes[$0]) }
    if let alias = outputs.alias { aliasOf[values[0]] = inputs[alias] }
    if let victim = outputs.inPlace { mayOverwrite[values[0]] = inputs[victim] }
    let rounding = precision == .fp32 ? nil : precision
    for value in values { grid[value] = rounding.map(NumberForm.precision) }
    steps.append(
      Plan.Step(
        node: index, label: part.label, kernel: kernel, inputs: inputs, outputs: values, rounding: rounding))
    for value in values { roundForReaders(value) }
  }

  /// Makes the copies on integer grids as soon as the value is there, not when the first node asks: so the other operand of
  /// a residual sum is ready when the step before the sum begins, and the sum can run on its output.
  private mutating func roundForReaders(_ value: Int) {
    for form in gridsOfReaders[value] ?? [] { _ = quantized(value, to: form) }
  }

  /// What is known of the inputs; nil where a type is not.
  private func operands(_ inputs: [Int?], of part: Network.Part) -> Operands? {
    var items: [Operand?] = []
    for input in inputs {
      guard let value = input else {
        items.append(nil)
        continue
      }
      guard let type = types[value] else { return nil }
      items.append(Operand(type: type, value: constants[value]))
    }
    return Operands(items, of: part.label, outputCount: part.outputs.count)
  }

  private func check(_ outputTypes: [TensorType], of part: Network.Part) throws(OperatorError) {
    guard outputTypes.count >= part.outputs.count else {
      throw OperatorError(part.label, .outputCount(expected: "at most \(outputTypes.count)", found: part.outputs.count))
    }
    for type in outputTypes {
      guard let count = type.shape.checkedCount, count <= Network.largestElementCount else {
        throw OperatorError(part.label, .tooLarge("\(type)"))
      }
    }
  }

  private mutating func addConstants(_ tensors: [Tensor], of part: Network.Part) throws(OperatorError) {
    for (output, tensor) in zip(part.outputs, tensors) {
      constantByteCount += tensor.type.byteCount
      guard constantByteCount <= MemoryLimit.byteCount else {
        throw OperatorError(part.label, .tooLarge("\(tensor.type)"))
      }
      guard let value = output else { continue }
      constants[value] = tensor
      types[value] = tensor.type
    }
  }

  /// What has no shape yet is rounded by the session, once it is there.
  private mutating func addLate(_ part: Network.Part, _ index: Int, _ inputs: [Int?], _ forms: [NumberForm]) {
    let lateForms = zip(inputs, forms).map { input, form -> NumberForm? in
      guard let input, types[input] == nil, form != .precision(.fp32) else { return nil }
      return form
    }
    let outputs = part.outputs.map { $0 ?? newValue() }
    let precision = policy.precision(of: part.label.name)
    steps.append(
      Plan.Step(
        node: index, label: part.label, kernel: nil, inputs: inputs, outputs: outputs,
        rounding: precision == .fp32 ? nil : precision, lateForms: lateForms))
  }

  private mutating func newOutput(_ position: Int, of part: Network.Part, type: TensorType) -> Int {
    let value = (position < part.outputs.count ? part.outputs[position] : nil) ?? newValue()
    types[value] = type
    return value
  }

  mutating func newValue() -> Int {
    types.append(nil)
    constants.append(nil)
    aliasOf.append(nil)
    mayOverwrite.append(nil)
    grid.append(nil)
    return types.count - 1
  }

  // MARK: Precision

  /// The value that a node which reads its operand in `form` reads instead of `value`.
  private mutating func rounded(_ value: Int, to form: NumberForm) -> Int {
    guard form != .precision(.fp32), grid[value] != form, let type = types[value], type.elementType == .float32,
      form.fits(type.shape)
    else { return value }
    let key = RoundedCopy(value: value, form: form)
    if let copy = roundedCopies[key] { return copy }
    let copy = newValue()
    roundedCopies[key] = copy
    types[copy] = type
    grid[copy] = form
    if let tensor = constants[value] {
      constants[copy] = form.rounding(tensor)
    } else {
      mayOverwrite[copy] = value
      let label = NodeLabel(name: name(of: value), opType: "Rounding", opset: 1)
      steps.append(
        Plan.Step(node: nil, label: label, kernel: RoundingKernel(form: form), inputs: [value], outputs: [copy]))
    }
    return copy
  }

  /// The value in the form that a node reads, on an integer grid for one. A node of 16 bits quantizes a tensor of 16 bits; constants are quantized as they are,
  /// before there is anything of 16 bits.
  private mutating func quantized(_ value: Int, to form: NumberForm) -> Int {
    guard case .grid(_, let precision) = form, constants[value] == nil else { return rounded(value, to: form) }
    return rounded(rounded(value, to: .precision(precision)), to: form)
  }

  func name(of value: Int) -> String {
    value < network.valueNames.count ? network.valueNames[value] : "#\(value)"
  }

  // MARK: Dead steps

  /// Drops steps whose results nobody asks for.
  mutating func removeDeadSteps() {
    var needed = Set(network.outputs)
    var live: [Plan.Step] = []
    for step in steps.reversed() {
      let isNeeded = step.outputs.contains { needed.contains($0) || observedTensor($0) != nil }
      guard isNeeded else { continue }
      needed.formUnion(step.inputs.compactMap { $0 })
      live.append(step)
    }
    steps = live.reversed()
  }

  func finish() throws(OperatorError) -> Plan {
    let layout = StorageLayout(self)
    let scratch = steps.map { $0.kernel?.scratchByteCount ?? 0 }.max() ?? 0
    try checkMemory(layout.byteCount, scratch)
    return Plan(
      network: network, policy: policy, steps: steps, outputs: outputs, types: types, storage: layout.storage,
      observed: types.indices.map(observedTensor), arenaByteCount: layout.byteCount, scratchByteCount: scratch)
  }
}

extension PlanBuilder {
  /// Whether a session can have the memory that it will ask for. Blames the step with the largest result.
  private func checkMemory(_ arena: Int, _ scratch: Int) throws(OperatorError) {
    let (total, overflow) = arena.addingReportingOverflow(scratch)
    guard overflow || total > MemoryLimit.byteCount - constantByteCount else { return }
    let largest = steps.max { size($0) < size($1) }
    guard let largest, let type = largest.outputs.compactMap({ types[$0] }).first else { return }
    throw OperatorError(largest.label, .tooLarge("\(type)"))
  }

  private func size(_ step: Plan.Step) -> Int {
    step.outputs.reduce(step.kernel?.scratchByteCount ?? 0) { $0 + (types[$1]?.byteCount ?? 0) }
  }
}

extension Network {
  /// No tensor has more elements: 2³¹, past which a float32 tensor takes 8 GiB, or what the memory holds at 16 bytes
  /// each.
  static let largestElementCount = min(1 << 31, MemoryLimit.byteCount / 16)

  /// Runs one node by itself, in memory of its own.
  static func compute(_ part: Part, _ operands: Operands) throws(OperatorError) -> [Tensor] {
    try compute(
      part.implementation, operands, inputs: (0..<operands.count).map { operands[optional: $0]?.value })
  }

  /// Runs an operator on given inputs, in memory of its own.
  package static func compute(
    _ implementation: any Operator, _ operands: Operands, inputs: [Tensor?]
  ) throws(OperatorError) -> [Tensor] {
    let outputs = try implementation.outputs(for: operands)
    if let known = outputs.values { return known }
    for type in outputs.types ?? [] {
      guard let count = type.shape.checkedCount, count <= largestElementCount else {
        throw OperatorError(operands.node, .tooLarge("\(type)"))
      }
    }
    if let alias = outputs.alias, let source = inputs[alias], let type = outputs.types?.first {
      return [source.reshaped(to: type.shape)]
    }
    let kernel = try implementation.kernel(for: operands)
    guard kernel.scratchByteCount <= MemoryLimit.byteCount else {
      throw OperatorError(operands.node, .tooLarge("\(kernel.scratchByteCount) bytes of working memory"))
    }
    let scratch = TensorBuffer(byteCount: kernel.scratchByteCount)
    var frame = unsafe Frame(
      node: operands.node, inputs: inputs, outputs: outputs.types?.map { Tensor(uninitialized: $0) } ?? [],
      scratch: scratch.base)
    try withExtendedLifetime(scratch) { () throws(OperatorError) in try kernel.run(&frame) }
    return frame.outputs
  }
}
