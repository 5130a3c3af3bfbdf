import ONNX
import TensorCore

/// The last value of an engine's kernel: behind the node that adds, and an activation that the ends of the codes replace.
struct KernelResult {
  let value: String
  /// The grid that the kernel requantizes to; nil where its result is a number.
  let grid: IntegerGrid?
  /// The activation that the kernel includes.
  let activation: Int?
}

extension EngineNetworkWriter {
  /// How far a kernel that begins at `place` reaches: it requantizes where all who read its result do so on one grid.
  func result(of place: Int, _ arithmetic: some EngineArithmetic) -> KernelResult {
    let value = node(place).outputs[0]
    let plain = KernelResult(value: value, grid: nil, activation: nil)
    if let grid = onlyGrid(of: value, arithmetic) { return KernelResult(value: value, grid: grid, activation: nil) }
    guard !index.isGraphOutput(value), index.consumers(of: value).count == 1 else { return plain }
    let next = index.consumers(of: value)[0]
    guard let bounds = bounds(of: node(next)), let grid = onlyGrid(of: node(next).outputs[0], arithmetic),
      // Half a step beyond the bound rounds to the last code within.
      grid.leastValue >= bounds.lower, grid.greatestValue - grid.scale / 2 <= bounds.upper
    else { return plain }
    return KernelResult(value: node(next).outputs[0], grid: grid, activation: next)
  }

  /// The grid on which every reader of `value` reads it; nil where they differ, or one reads numbers.
  func onlyGrid(of value: String, _ arithmetic: some EngineArithmetic) -> IntegerGrid? {
    var grids: Set<IntegerGrid> = []
    var seen: Set<String> = []
    var pending = [value]
    while let value = pending.popLast() {
      guard seen.insert(value).inserted else { continue }
      if index.isGraphOutput(value) { return nil }
      for consumer in index.consumers(of: value) {
        let reader = node(consumer)
        for position in reader.inputs.indices where reader.inputs[position] == value {
          if let grid = grid(position, of: reader) {
            grids.insert(grid)
          } else if position == 0 || reader.opType == "Concat", arithmetic.passesQuantization(reader) {
            pending += reader.outputs.filter { !$0.isEmpty }
          } else {
            return nil
          }
        }
        // A body that reads the value, or an input that is not listed, asks for the number.
        if !reader.inputs.contains(value) { return nil }
      }
    }
    return grids.count == 1 ? grids.first : nil
  }

  /// What an activation limits its values to; nil for another operator.
  func bounds(of node: Node) -> (lower: Float, upper: Float)? {
    guard node.domain.isEmpty else { return nil }
    switch node.opType {
    case "Relu": return (0, .infinity)
    case "Clip":
      func bound(_ position: Int, _ name: String, _ standard: Float) -> Float? {
        if case .float(let value)? = node.attributes[name] { return value }
        guard let input = self.input(position, of: node) else { return standard }
        guard let tensor = graph.initializers[input], tensor.elementType == .float32, tensor.count == 1 else {
          return nil
        }
        return tensor.array(of: Float.self)[0]
      }
      guard let lower = bound(1, "min", -.infinity), let upper = bound(2, "max", .infinity) else { return nil }
      return (lower, upper)
    default: return nil
    }
  }

  // MARK: Products

  /// Writes Conv, Gemm or MatMul with constant weights on codes.
  ///
  /// - Parameter withBias: Whether the sums include the bias, as codes.
  /// - Returns: The name of the sums, `scale of the activation · scale of the weights` for each channel, and the bias as
  ///   it is added to the sums: codes, or numbers. Nil where the operands are not all codes: nothing is written then.
  mutating func writeSums(
    _ place: Int, withBias: Bool, _ arithmetic: some EngineArithmetic
  ) -> (sums: String, scales: Tensor, bias: Tensor?)? {
    var node = node(place)
    guard ["Conv", "Gemm", "MatMul"].contains(node.opType), isPlainProduct(node), let grid = grid(0, of: node),
      let weights = operand(1, of: node), weights.role == .weight, let values = graph.initializers[weights.tensor],
      node.opType != "Conv" || values.shape.rank > 2
    else { return nil }
    var bias: Tensor?
    if let name = input(2, of: node) {
      guard let values = graph.initializers[name] else { return nil }
      if let grid = operand(2, of: node)?.grid {
        bias = grid.map(values) { withBias ? Float($0) : grid.value(of: $0, channel: $1) }
      } else if withBias {
        return nil
      } else {
        bias = values
      }
    }
    let activation = codes(of: node.inputs[0], on: grid, arithmetic)
    node.inputs[0] = activation.name
    node.inputs[1] = constant(weights.grid.map(values) { code, _ in Float(code) })
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      node.inputs.removeLast(node.inputs.count - 2)
      if withBias, let bias { node.inputs.append(constant(bias)) }
    }
    let sums = fresh(node.outputs[0])
    node.outputs[0] = sums
    write(node, reading: [0: activation.reading])
    let trailing = node.opType == "Conv" ? values.shape.rank - 2 : 0
    func channels(_ values: [Float]) -> Tensor {
      values.count == 1
        ? Tensor(values, shape: [])
        : Tensor(values, shape: Shape([values.count] + Array(repeating: 1, count: trailing)))
    }
    // The bias of a Gemm has a shape of its own.
    let addend = node.opType == "Conv" ? bias.map { channels($0.array(of: Float.self)) } : bias
    return (sums, channels(weights.grid.scales.map { grid.scale * $0 }), addend)
  }

  /// Whether the sums are multiplied by nothing and no operand but the weights is transposed.
  private func isPlainProduct(_ node: Node) -> Bool {
    for name in ["alpha", "beta"] {
      if case .float(let factor)? = node.attributes[name], factor != 1 { return false }
    }
    if case .int(let transposed)? = node.attributes["transA"], transposed != 0 { return false }
    return true
  }

  // MARK: Operators that pass codes on

  /// Writes an operator that picks or moves values on the codes of its first input.
  ///
  /// - Returns: Whether it did: the value is there as codes, and so may the result be.
  mutating func writeOnCodes(_ place: Int, _ arithmetic: some EngineArithmetic) -> Bool {
    var node = node(place)
    // Of several results only those of Split are values of the first input.
    guard let input = node.inputs.first, !node.outputs.contains(where: index.isGraphOutput),
      node.opType == "Split" || node.outputs.count(where: { !$0.isEmpty }) == 1
    else { return false }
    let code: CodeValue
    if let grid = grid(0, of: node) {
      code = codes(of: input, on: grid, arithmetic)
    } else if let known = codes(of: input) {
      code = known
    } else {
      return false
    }
    // A shape that depends on the samples, say.
    for value in node.usedValues.dropFirst() { _ = number(value) }
    node.inputs[0] = code.name
    for (position, output) in node.outputs.enumerated() where !output.isEmpty {
      let name = fresh(output)
      node.outputs[position] = name
      hold(output, as: CodeValue(name: name, grid: code.grid, reading: nil))
    }
    write(node, reading: [0: code.reading])
    return true
  }

  /// Writes a Concat on codes, where all inputs are on one grid.
  mutating func writeConcatOnCodes(_ place: Int, _ arithmetic: some EngineArithmetic) -> Bool {
    var node = node(place)
    guard !index.isGraphOutput(node.outputs[0]) else { return false }
    var grids = Set<IntegerGrid>()
    if let grid = onlyGrid(of: node.outputs[0], arithmetic), arithmetic.passesQuantization(node) { grids.insert(grid) }
    if grids.isEmpty {
      for (position, input) in node.inputs.enumerated() {
        guard let grid = grid(position, of: node) ?? codes(of: input)?.grid else { return false }
        grids.insert(grid)
      }
    }
    guard grids.count == 1, let grid = grids.first else { return false }
    var reading: [Int: IntegerGrid?] = [:]
    for (position, input) in node.inputs.enumerated() {
      let code = codes(of: input, on: grid, arithmetic)
      node.inputs[position] = code.name
      reading[position] = code.reading
    }
    let name = fresh(node.outputs[0])
    hold(node.outputs[0], as: CodeValue(name: name, grid: grid, reading: nil))
    node.outputs[0] = name
    write(node, reading: reading)
    return true
  }
}

extension IntegerGrid {
  /// A tensor of the codes of `values`, as `number` makes numbers of a code and its channel.
  fileprivate func map(_ values: Tensor, _ number: (Int32, Int) -> Float) -> Tensor {
    let inner = axis.map { values.shape.dimensions.dropFirst($0 + 1).reduce(1, *) } ?? 1
    let numbers = values.array(of: Float.self).enumerated().map { place, value in
      let channel = isPerTensor ? 0 : place / inner % scales.count
      return number(code(of: value, channel: channel) - zeroPoints[channel], channel)
    }
    return Tensor(numbers, shape: values.shape)
  }
}
