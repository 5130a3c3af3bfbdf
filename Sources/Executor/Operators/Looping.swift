import TensorCore

/// [Loop](https://onnx.ai/onnx/operators/onnx__Loop.html): runs a body again and again, as often as input 0 says and while its
/// condition is true, handing values from turn to turn and stacking others.
struct Loop: Operator {
  let body: Body
  let inputCount: Int
  /// How many values are handed from turn to turn.
  let carriedCount: Int

  /// A loop that runs longer is taken for one that never ends.
  static let largestTurnCount = 1 << 24

  init(_ node: NodeReader) throws(OperatorError) {
    guard let body = try node.body("body") else { throw OperatorError(node.label, .missingAttribute("body")) }
    self.body = body
    inputCount = node.inputs.count
    carriedCount = max(inputCount - 2, 0)
    guard body.formalCount == carriedCount + 2, body.outputCount == node.outputs.count + 1,
      body.outputCount > carriedCount
    else {
      throw OperatorError(
        node.label,
        .value(
          "expected a body of \(carriedCount + 2) inputs and \(node.outputs.count + 1) outputs, found \(body.formalCount) "
            + "and \(body.outputCount); re-export the network"))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    for index in 0..<carriedCount { _ = try operands.required(index + 2) }
    return .dataDependent
  }

  func kernel(for operands: Operands) -> any Kernel { LoopKernel(loop: self, operands: operands) }
}

private struct LoopKernel: Kernel {
  let loop: Loop
  let operands: Operands

  func run(_ frame: inout Frame) throws(OperatorError) {
    let (body, inputCount, carriedCount) = (loop.body, loop.inputCount, loop.carriedCount)
    let limit = frame.optional(0)?.integers?.first ?? Loop.largestTurnCount
    var goesOn = frame.optional(1)?.converted(to: .bool).array(of: Bool.self).first ?? true
    var carried: [Tensor] = []
    for index in 0..<carriedCount { carried.append(try frame.input(index + 2)) }
    let stackCount = body.outputCount - 1 - carriedCount
    var stacks = [[Tensor]](repeating: [], count: stackCount)
    var turn = 0
    while goesOn, turn < limit {
      guard turn < Loop.largestTurnCount else {
        throw OperatorError(frame.node, .value("expected a loop that ends, found \(turn) turns; re-export the network"))
      }
      let formal = [Tensor(scalar: Int64(turn)), Tensor(scalar: true)] + carried
      let plan = try body.planned(formal.map(\.type), operands, capturesFrom: inputCount)
      try plan.run(try body.inputs(formal, frame, capturesFrom: inputCount)) { outputs throws(OperatorError) in
        guard outputs.count == body.outputCount, let flag = outputs[0].converted(to: .bool).array(of: Bool.self).first
        else {
          throw OperatorError(frame.node, .outputCount(expected: "\(body.outputCount)", found: outputs.count))
        }
        goesOn = flag
        carried = outputs[1..<(carriedCount + 1)].map { $0.copied() }
        for index in 0..<stackCount { stacks[index].append(outputs[carriedCount + 1 + index].copied()) }
      }
      turn += 1
    }
    var results = carried
    for (index, stack) in stacks.enumerated() {
      results.append(try stacked(stack, along: 0, output: carriedCount + index, frame.node) ?? empty(carried, index))
    }
    frame.outputs = results
  }

  /// What no turn has stacked anything on: of the type that the body would have yielded, where that is known.
  private func empty(_ carried: [Tensor], _ index: Int) -> Tensor {
    let formal = [TensorType([], .int64), TensorType([], .bool)] + carried.map(\.type)
    let types = try? loop.body.planned(formal, operands, capturesFrom: loop.inputCount).outputTypes
    let type = types?[loop.carriedCount + 1 + index] ?? TensorType([])
    return Tensor(uninitialized: TensorType(Shape([0] + type.shape.dimensions), type.elementType))
  }
}
