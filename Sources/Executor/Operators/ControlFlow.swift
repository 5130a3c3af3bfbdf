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
    guard let then = try node.body("then_branch") else { throw OperatorError(node.label, .missingAttribute("then_branch")) }
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

/// [Loop](https://onnx.ai/onnx/operators/onnx__Loop.html): runs a body again and again, as often as input 0 says and while its
/// condition is true, handing values from turn to turn and stacking others.
private struct Loop: Operator {
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
        guard outputs.count == body.outputCount, let flag = outputs[0].converted(to: .bool).array(of: Bool.self).first else {
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

/// [Scan](https://onnx.ai/onnx/operators/onnx__Scan.html): runs a body over the slices of its last inputs, handing states from
/// slice to slice and stacking the other outputs. The batched form of opset 8 is not known.
private struct Scan: Operator {
  let body: Body
  let inputCount: Int
  let stateCount: Int
  let scannedCount: Int
  let inputAxes: [Int]
  let outputAxes: [Int]
  let inputDirections: [Int]
  let outputDirections: [Int]

  init(_ node: NodeReader) throws(OperatorError) {
    guard let body = try node.body("body") else { throw OperatorError(node.label, .missingAttribute("body")) }
    guard let count = try node.int("num_scan_inputs") else {
      throw OperatorError(node.label, .missingAttribute("num_scan_inputs"))
    }
    self.body = body
    inputCount = node.inputs.count
    scannedCount = count
    stateCount = inputCount - count
    let outputs = node.outputs.count - stateCount
    guard count >= 1, stateCount >= 0, outputs >= 0, body.formalCount == inputCount, body.outputCount == node.outputs.count else {
      throw OperatorError(
        node.label,
        .value(
          "expected a body of \(inputCount) inputs and \(node.outputs.count) outputs, found \(body.formalCount) and "
            + "\(body.outputCount); re-export the network"))
    }
    func list(_ key: String, _ count: Int) throws(OperatorError) -> [Int] {
      guard let values = try node.ints(key), !values.isEmpty else { return Array(repeating: 0, count: count) }
      guard values.count == count else {
        throw OperatorError(node.label, .attribute(key, expected: "\(count) ints", found: "\(values)"))
      }
      return values
    }
    inputAxes = try list("scan_input_axes", count)
    outputAxes = try list("scan_output_axes", outputs)
    inputDirections = try list("scan_input_directions", count)
    outputDirections = try list("scan_output_directions", outputs)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    for index in 0..<inputCount { _ = try operands.required(index) }
    return .dataDependent
  }

  func kernel(for operands: Operands) -> any Kernel { ScanKernel(scan: self, operands: operands) }
}

private struct ScanKernel: Kernel {
  let scan: Scan
  let operands: Operands

  func run(_ frame: inout Frame) throws(OperatorError) {
    let (body, inputCount, stateCount) = (scan.body, scan.inputCount, scan.stateCount)
    var states: [Tensor] = []
    for index in 0..<stateCount { states.append(try frame.input(index)) }
    var scanned: [(tensor: Tensor, axis: Int)] = []
    for index in 0..<scan.scannedCount {
      let tensor = try frame.input(stateCount + index)
      scanned.append((tensor, try normalizedAxis(scan.inputAxes[index], rank: tensor.shape.rank, node: frame.node)))
    }
    let extents = scanned.map { $0.axis < $0.tensor.shape.rank ? $0.tensor.shape[$0.axis] : 0 }
    guard let length = extents.first, length > 0, extents.allSatisfy({ $0 == length }) else {
      throw OperatorError(frame.node, .shape(expected: "sequences of one length that are not empty", found: "\(extents)"))
    }
    var stacks = [[Tensor]](repeating: [], count: body.outputCount - stateCount)
    for turn in 0..<length {
      let slices = scanned.indices.map { index in
        slice(scanned[index].tensor, scanned[index].axis, scan.inputDirections[index] == 0 ? turn : length - 1 - turn)
      }
      let formal = states + slices
      let plan = try body.planned(formal.map(\.type), operands, capturesFrom: inputCount)
      try plan.run(try body.inputs(formal, frame, capturesFrom: inputCount)) { outputs throws(OperatorError) in
        guard outputs.count == body.outputCount else {
          throw OperatorError(frame.node, .outputCount(expected: "\(body.outputCount)", found: outputs.count))
        }
        states = outputs.prefix(stateCount).map { $0.copied() }
        for index in stacks.indices { stacks[index].append(outputs[stateCount + index].copied()) }
      }
    }
    var results = states
    for (index, stack) in stacks.enumerated() {
      let parts = scan.outputDirections[index] == 0 ? stack : stack.reversed()
      if let tensor = try stacked(parts, along: scan.outputAxes[index], output: stateCount + index, frame.node) {
        results.append(tensor)
      }
    }
    frame.outputs = results
  }

  private func slice(_ tensor: Tensor, _ axis: Int, _ position: Int) -> Tensor {
    var shape = tensor.shape
    shape.dimensions.remove(at: axis)
    var strides = tensor.shape.strides
    let start = strides[axis] * position
    strides.remove(at: axis)
    let result = Tensor(uninitialized: TensorType(shape, tensor.elementType))
    guard result.count > 0 else { return result }
    let copy = StridedCopy(shape: shape, strides: strides, start: start)
    unsafe copy.run(from: tensor.base, to: result.base, elementByteCount: tensor.elementType.byteCount)
    return result
  }
}

/// Tensors of one type, one beside the other along a new axis; nil where there are none.
private func stacked(
  _ parts: [Tensor], along axis: Int, output: Int, _ node: NodeLabel
) throws(OperatorError) -> Tensor? {
  guard let first = parts.first else { return nil }
  if let other = parts.first(where: { $0.type != first.type }) {
    throw OperatorError(
      node, .value("expected the same type at every turn for output \(output), found \(first.type) and \(other.type)"))
  }
  let axis = try normalizedAxis(axis, rank: first.shape.rank + 1, node: node)
  var shape = first.shape
  shape.dimensions.insert(parts.count, at: axis)
  let result = Tensor(uninitialized: TensorType(shape, first.elementType))
  let outer = shape.dimensions.prefix(axis).reduce(1, *)
  let slice = first.shape.dimensions.dropFirst(axis).reduce(1, *) * first.elementType.byteCount
  for (index, part) in parts.enumerated() {
    for row in 0..<outer {
      unsafe (result.base + (row * parts.count + index) * slice).copyMemory(from: part.base + row * slice, byteCount: slice)
    }
  }
  return result
}
