package import TensorCore

extension Network {
  /// What to observe so that every tensor is known that still exists once nodes are fused, for inputs of `inputTypes`.
  ///
  /// An engine builder reads no scale for a tensor inside a fused layer: between a convolution or a product and what runs
  /// on its results, between two operators that work element by element, as in a GELU written out, or between one and the
  /// sums of the normalization behind it. Tensors that derive exactly from others of the set are left out, as in
  /// ``ObservationScope/all``, unless `derivedToo`.
  ///
  /// The set is an ``ObservationScope`` for plans of other shapes too: there its tensors are observed however they fuse.
  ///
  /// - Throws: Where the inputs do not fit the network.
  package func fusedTensors(
    for inputTypes: [TensorType], derivedToo: Bool = false
  ) throws(OperatorError) -> Set<Int> {
    precondition(inputTypes.count == inputs.count, "one type for each of the network's inputs")
    var builder = PlanBuilder(network: self, policy: NumericPolicy(), scope: .nothing)
    try builder.propagate(inputTypes)
    builder.removeDeadSteps()
    builder.fuse()
    let within = builder.interior.union(builder.pointwiseInterior)
    var isKnown = Array(repeating: false, count: tensors.count)
    var looked: Set<Int> = []
    for (index, tensor) in tensors.enumerated() where !within.contains(tensor.value) {
      isKnown[index] = true
      let derives = tensor.derivation?.sources.allSatisfy { isKnown[$0] } ?? false
      if !derives || derivedToo { looked.insert(index) }
    }
    return looked
  }
}

extension PlanBuilder {
  /// Operators that builders fuse with each other where the shapes are the same.
  private static let pointwise: Set<String> = [
    "Abs", "Add", "Ceil", "Clip", "Cos", "Div", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish",
    "LeakyRelu", "Log", "Max", "Min", "Mish", "Mul", "Neg", "Pow", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid",
    "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Sub", "Swish", "Tan", "Tanh",
  ]
  private static let reductions: Set<String> = [
    "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "ReduceSumSquare",
  ]

  /// The values that only pass from one pointwise operator to others of the same shape, or to a normalization.
  fileprivate var pointwiseInterior: Set<Int> {
    let network = network
    let isPointwise = network.parts.map { Self.pointwise.contains($0.label.opType) }
    // What runs on the results of another step, such as a residual sum behind a convolution, is that layer's output.
    var isOutput = Array(repeating: false, count: network.parts.count)
    for step in steps where !(step.node.map { isPointwise[$0] } ?? false) {
      for stage in step.stages { isOutput[stage.stage.node] = true }
    }
    var candidates: Set<Int> = [], layerOutputs: Set<Int> = []
    for (index, part) in network.parts.enumerated() where isPointwise[index] {
      let values = part.outputs.compactMap { $0 }
      candidates.formUnion(values)
      if isOutput[index] { layerOutputs.formUnion(values) }
    }
    candidates.subtract(network.outputs)
    var used: Set<Int> = []
    for (part, isPointwise) in zip(network.parts, isPointwise) {
      let result = part.outputs.first.flatMap { $0 }.flatMap { types[$0]?.shape }
      for case let value? in part.inputs where candidates.contains(value) {
        used.insert(value)
        let isSame = isPointwise && result != nil && types[value]?.shape == result
        let isNormalized = !layerOutputs.contains(value) && normalizes(part, value, into: result)
        if !isSame && !isNormalized { candidates.remove(value) }
      }
    }
    return candidates.intersection(used)
  }

  /// Whether a node works on `value` line by line, as a softmax or a normalization of the last axis does. Means over an image
  /// are pools: these are layers of their own, which read their input's scale.
  private func normalizes(_ part: Network.Part, _ value: Int, into result: Shape?) -> Bool {
    if part.label.opType == "Softmax" || part.label.opType == "LogSoftmax" { return true }
    guard Self.reductions.contains(part.label.opType), let result, let shape = types[value]?.shape, shape.rank > 0
    else { return false }
    let lines = Array(shape.dimensions.dropLast())
    return result.dimensions == lines + [1] || result.dimensions == lines
  }
}
