import TensorCore

extension Plan {
  /// What to observe so that every tensor is known that still exists once nodes are fused.
  ///
  /// An engine builder reads no scale for a tensor inside a fused layer: between a convolution and its activation for
  /// one, as this plan fuses them, or between two operators that work element by element, as in a GELU written out.
  /// Tensors that derive exactly from others of the set are left out, as in ``ObservationScope/all``, unless
  /// `derivedToo`.
  ///
  /// The set is an ``ObservationScope`` for plans of other shapes too: there its tensors are observed however they fuse.
  package func fusedTensors(derivedToo: Bool = false) -> Set<Int> {
    let within = interior.union(pointwiseInterior)
    var isKnown = Array(repeating: false, count: network.tensors.count)
    var looked: Set<Int> = []
    for (index, tensor) in network.tensors.enumerated() where !within.contains(tensor.value) {
      isKnown[index] = true
      let derives = tensor.derivation?.sources.allSatisfy { isKnown[$0] } ?? false
      if !derives || derivedToo { looked.insert(index) }
    }
    return looked
  }

  /// Operators that builders fuse with each other where the shapes are the same.
  private static let pointwise: Set<String> = [
    "Abs", "Add", "Ceil", "Clip", "Cos", "Div", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish",
    "LeakyRelu", "Log", "Max", "Min", "Mish", "Mul", "Neg", "Pow", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid",
    "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Sub", "Swish", "Tan", "Tanh",
  ]

  /// The values that only pass from one pointwise operator to others of the same shape.
  private var pointwiseInterior: Set<Int> {
    // What runs in the epilogue of another step, such as a residual sum behind a convolution, is part of that layer.
    var isPointwise = network.parts.map { Self.pointwise.contains($0.label.opType) }
    for step in steps where !(step.node.map { isPointwise[$0] } ?? false) {
      for stage in step.stages { isPointwise[stage.stage.node] = false }
    }
    var candidates: Set<Int> = []
    for (part, isPointwise) in zip(network.parts, isPointwise) where isPointwise {
      candidates.formUnion(part.outputs.compactMap { $0 })
    }
    candidates.subtract(network.outputs)
    var used: Set<Int> = []
    for (part, isPointwise) in zip(network.parts, isPointwise) {
      let shape = part.outputs.first.flatMap { $0 }.flatMap { types[$0]?.shape }
      for case let value? in part.inputs where candidates.contains(value) {
        used.insert(value)
        if !isPointwise || shape == nil || types[value]?.shape != shape { candidates.remove(value) }
      }
    }
    return candidates.intersection(used)
  }
}
