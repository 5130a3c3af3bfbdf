import TensorCore

/// [Scan](https://onnx.ai/onnx/operators/onnx__Scan.html): runs a body over the slices of its last inputs, handing states from
/// slice to slice and stacking the other outputs. The batched form of opset 8 is not known.
struct Scan: Operator {
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
    guard count >= 1, stateCount >= 0, outputs >= 0, body.formalCount == inputCount,
      body.outputCount == node.outputs.count
    else {
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
      throw OperatorError(
        frame.node, .shape(expected: "sequences of one length that are not empty", found: "\(extents)"))
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
