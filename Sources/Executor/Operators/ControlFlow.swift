import TensorCore

/// Operators that run a graph inside the graph.
let controlFlow: [OperatorEntry] = [
  OperatorEntry("If", since: 1, If.self),
  OperatorEntry("Loop", since: 1, Loop.self),
  OperatorEntry("Scan", since: 9, Scan.self),
]

/// [If](https://onnx.ai/onnx/operators/onnx__If.html): the outputs of one of two bodies.
///
/// Where the condition is known, or both bodies yield the same types, the plan knows the types too.
private struct If: Operator {
  let then: Body
  let otherwise: Body
  let inputCount: Int

  init(_ node: NodeReader) throws(OperatorError) {
    guard let then = try node.body("then_branch") else {
      throw OperatorError(node.label, .missingAttribute("then_branch"))
    }
    guard let otherwise = try node.body("else_branch") else {
      throw OperatorError(node.label, .missingAttribute("else_branch"))
    }
    (self.then, self.otherwise) = (then, otherwise)
    inputCount = node.inputs.count
    for body in [then, otherwise] where body.outputCount != node.outputs.count {
      throw OperatorError(node.label, .outputCount(expected: "\(body.outputCount)", found: node.outputs.count))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let condition = try operands.required(0, .bool)
    guard condition.shape.count == 1 else {
      throw OperatorError(operands.node, .input(0, expected: "one truth value", found: "\(condition.type)"))
    }
    if let value = condition.value {
      let body = value.array(of: Bool.self)[0] ? then : otherwise
      return try body.planned([], operands, capturesFrom: inputCount).outputTypes.map { Outputs(types: $0) }
        ?? .dataDependent
    }
    // A body that does not fit these inputs is no mistake as long as it is not taken.
    guard let first = try? then.planned([], operands, capturesFrom: inputCount).outputTypes,
      let second = try? otherwise.planned([], operands, capturesFrom: inputCount).outputTypes, first == second
    else { return .dataDependent }
    return Outputs(types: first)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let value = operands[optional: 0]?.value?.array(of: Bool.self)[0]
    return IfKernel(
      then: value == false ? nil : try then.planned([], operands, capturesFrom: inputCount),
      otherwise: value == true ? nil : try otherwise.planned([], operands, capturesFrom: inputCount), node: self)
  }

  private struct IfKernel: Kernel {
    /// Nil for a body that is never taken.
    let then: PlannedBody?
    let otherwise: PlannedBody?
    let node: If

    func run(_ frame: inout Frame) throws(OperatorError) {
      let isTrue = try frame.input(0).array(of: Bool.self)[0]
      guard let plan = isTrue ? then : otherwise else { return }
      let body = isTrue ? node.then : node.otherwise
      let inputs = try body.inputs([], frame, capturesFrom: node.inputCount)
      var results: [Tensor] = []
      let targets = frame.outputs
      try plan.run(inputs) { outputs in
        if targets.isEmpty {
          results = outputs.map { $0.copied() }
        } else {
          for (source, target) in zip(outputs, targets) { target.copyBytes(from: source) }
        }
      }
      if targets.isEmpty { frame.outputs = results }
    }
  }
}
