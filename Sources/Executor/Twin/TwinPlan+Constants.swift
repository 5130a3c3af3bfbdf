package import TensorCore

extension TwinPlan {
  /// A constant that a unit reads.
  package struct Constant: Sendable {
    package let name: String
    /// The node of the unit that reads it.
    package let node: String
    package let opType: String
    /// Which of the node's inputs it is.
    package let input: Int
    package let tensor: Tensor
  }

  /// The float32 constants that the nodes of a unit read, in the order of its nodes and their inputs, in ONNX's order of
  /// elements.
  package func constants(of unit: Unit) -> [Constant] {
    let network = plan.network
    var found: [Constant] = []
    for name in unit.nodes {
      guard let part = network.parts.first(where: { $0.label.name == name }) else { continue }
      for (input, value) in part.inputs.enumerated() {
        guard let value, case .constant(let tensor) = plan.storage[value], tensor.elementType == .float32 else {
          continue
        }
        found.append(
          Constant(
            name: network.valueNames[value], node: name, opType: part.label.opType, input: input, tensor: tensor))
      }
    }
    return found
  }

  /// For each unit, the places of the units whose results it reads, in the order of its inputs.
  package var producers: [[Int]] {
    var maker: [Int: Int] = [:]
    var result: [[Int]] = []
    for (position, step) in plan.steps.enumerated() {
      let reads = (step.inputs + step.stages.map(\.stage.other)).compactMap { $0 }
      let sources = reads.compactMap { maker[$0] }
      if let unit = unitOfStep[position] {
        result.append(sources)
        for value in step.outputs + step.stages.map(\.stage.value) { maker[value] = unit }
      } else if let source = sources.first {
        // A conversion between layouts shows another unit's result.
        for value in step.outputs { maker[value] = source }
      }
    }
    return result
  }
}
