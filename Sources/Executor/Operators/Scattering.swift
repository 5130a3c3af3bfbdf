import TensorCore

/// Operators that write updates into a copy of a tensor.
let scatters: [OperatorEntry] = [
  OperatorEntry("ScatterElements", since: 11, ScatterElements.self),
  OperatorEntry("Scatter", since: 9, ScatterElements.self),
  OperatorEntry("ScatterND", since: 11, ScatterND.self),
  OperatorEntry("TensorScatter", since: 24, TensorScatter.self),
]

/// What becomes of an update and of what stands at its place.
enum ScatterReduction: String, CaseIterable {
  case none, add, mul, min, max

  @inline(__always)
  func combine<Number: WorkNumber>(_ old: Number, _ update: Number) -> Number {
    switch self {
    case .none: update
    case .add: Number.wrappingSum(old, update)
    case .mul: Number.wrappingProduct(old, update)
    case .min: old < update || old.isNotANumber ? old : update
    case .max: old > update || old.isNotANumber ? old : update
    }
  }
}

/// [ScatterElements](https://onnx.ai/onnx/operators/onnx__ScatterElements.html), and
/// [Scatter](https://onnx.ai/onnx/operators/onnx__Scatter.html) as it was called: each update goes to its own place but for
/// `axis`, where the index says. Updates of one place are applied in order.
private struct ScatterElements: Operator {
  let axis: Int
  let reduction: ScatterReduction

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: 0)
    reduction = try node.choice("reduction", default: .none)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), indices = try operands.required(1, .int32, .int64).shape
    let updates = try operands.required(2, like: 0).shape
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: operands.node)
    let fits =
      x.shape.rank == indices.rank && x.shape.rank > 0
      && (0..<x.shape.rank).allSatisfy { $0 == axis || indices[$0] <= x.shape[$0] }
    guard fits, indices == updates else {
      throw OperatorError(
        operands.node,
        .input(1, expected: "as many indices as updates \(updates), within \(x.shape)", found: "\(indices)"))
    }
    return Outputs(x.type)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let x = try operands.required(0)
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: operands.node)
    if reduction == .none { return ScatterElementsMove(axis: axis) }
    _ = try operands.number(0)
    return ScatterElementsKernel(axis: axis, reduction: reduction)
  }
}

private struct ScatterElementsMove: MovingKernel {
  let axis: Int

  func run<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ frame: inout Frame, _ bits: Bits.Type
  ) throws(OperatorError) {
    let x = try frame.input(0), indices = try frame.input(1), y = frame.outputs[0]
    let positions = try Positions(indices, extent: x.shape[axis], input: 1, node: frame.node)
    y.copyBytes(from: x)
    let updates = try frame.input(2).bits(of: Bits.self), target = y.bits(of: Bits.self)
    let step = x.shape.strides[axis]
    ElementWalk(indices.shape, strides: x.shape.strides, without: axis).forEach { place, offset in
      target[offset &+ positions[place] &* step] = updates[place]
    }
  }
}

private struct ScatterElementsKernel: NumberKernel {
  let axis: Int
  let reduction: ScatterReduction

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0), indices = try frame.input(1), y = frame.outputs[0]
    let positions = try Positions(indices, extent: x.shape[axis], input: 1, node: frame.node)
    y.copyBytes(from: x)
    let updates = try frame.input(2).values(of: Element.self), target = y.values(of: Element.self)
    let step = x.shape.strides[axis]
    ElementWalk(indices.shape, strides: x.shape.strides, without: axis).forEach { place, offset in
      let to = offset &+ positions[place] &* step
      target[to] = Element(work: reduction.combine(target[to].work, updates[place].work))
    }
  }
}

/// [ScatterND](https://onnx.ai/onnx/operators/onnx__ScatterND.html): each slice of the updates goes to the place that a tuple
/// of positions in the last axis of the indices names. Updates of one place are applied in order.
private struct ScatterND: Operator {
  let reduction: ScatterReduction
  init(_ node: NodeReader) throws(OperatorError) { reduction = try node.choice("reduction", default: .none) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), indices = try operands.required(1, .int64).shape
    let updates = try operands.required(2, like: 0).shape
    guard indices.rank >= 1, let depth = indices.dimensions.last, depth <= x.shape.rank else {
      throw OperatorError(operands.node, .input(1, expected: "tuples of positions in \(x.shape)", found: "\(indices)"))
    }
    let expected = Shape(Array(indices.dimensions.dropLast() + x.shape.dimensions.dropFirst(depth)))
    guard updates == expected else {
      throw OperatorError(operands.node, .input(2, expected: "\(expected)", found: "\(updates)"))
    }
    return Outputs(x.type)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    if reduction == .none { return ScatterNDMove() }
    _ = try operands.number(0)
    return ScatterNDKernel(reduction: reduction)
  }

  /// How many elements a slice has, and where each update's slice begins, in slices.
  static func places(_ frame: Frame) throws(OperatorError) -> (slice: Int, starts: TuplePositions) {
    let x = try frame.input(0), indices = try frame.input(1)
    let depth = indices.shape[indices.shape.rank - 1]
    return (
      x.shape.dimensions.dropFirst(depth).reduce(1, *),
      try TuplePositions(indices, extents: Array(x.shape.dimensions.prefix(depth)), input: 1, node: frame.node)
    )
  }
}

private struct ScatterNDMove: Kernel {
  func run(_ frame: inout Frame) throws(OperatorError) {
    let updates = try frame.input(2), y = frame.outputs[0]
    let (slice, starts) = try ScatterND.places(frame)
    y.copyBytes(from: try frame.input(0))
    let byteCount = slice * y.elementType.byteCount
    for place in 0..<starts.count {
      unsafe (y.base + starts[place] * byteCount).copyMemory(
        from: updates.base + place * byteCount, byteCount: byteCount)
    }
  }
}

private struct ScatterNDKernel: NumberKernel {
  let reduction: ScatterReduction

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let (slice, starts) = try ScatterND.places(frame)
    frame.outputs[0].copyBytes(from: try frame.input(0))
    let updates = try frame.input(2).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    for place in 0..<starts.count {
      for i in 0..<slice {
        let to = starts[place] &* slice &+ i
        y[to] = Element(work: reduction.combine(y[to].work, updates[place &* slice &+ i].work))
      }
    }
  }
}

/// [TensorScatter](https://onnx.ai/onnx/operators/onnx__TensorScatter.html): writes new entries into a cache along `axis`, for
/// each batch item from the position that input 2 names, by default 0.
private struct TensorScatter: Operator, Kernel {
  enum Mode: String, CaseIterable {
    case linear, circular
  }
  let axis: Int
  let mode: Mode

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: -2)
    mode = try node.choice("mode", default: .linear)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), update = try operands.required(1, like: 0)
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: operands.node)
    var expected = update.shape
    if expected.rank == x.shape.rank, axis < expected.rank { expected[axis] = x.shape[axis] }
    guard axis > 0, expected == x.shape, update.shape[axis] <= x.shape[axis] else {
      throw OperatorError(
        operands.node, .input(1, expected: "\(x.shape) but for a shorter axis \(axis)", found: "\(update.type)"))
    }
    if let starts = operands[optional: 2], starts.shape != [x.shape[0]] {
      throw OperatorError(operands.node, .input(2, expected: "[\(x.shape[0])]", found: "\(starts.type)"))
    }
    return Outputs(x.type)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), update = try frame.input(1), y = frame.outputs[0]
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: frame.node)
    let starts = frame.optional(2)?.integers ?? Array(repeating: 0, count: x.shape[0])
    let extent = x.shape[axis], count = update.shape[axis]
    let slice = x.shape.dimensions.dropFirst(axis + 1).reduce(1, *) * x.elementType.byteCount
    let between = x.shape.dimensions[1..<axis].reduce(1, *)
    y.copyBytes(from: x)
    for (batch, start) in starts.enumerated() {
      guard start >= 0, mode == .circular || start <= extent - count else {
        throw OperatorError(frame.node, .input(2, expected: "positions in 0...\(extent - count)", found: "\(start)"))
      }
      for block in (batch * between)..<((batch + 1) * between) {
        for i in 0..<count {
          let to = (block * extent + (start % max(extent, 1) + i) % extent) * slice
          unsafe (y.base + to).copyMemory(from: update.base + (block * count + i) * slice, byteCount: slice)
        }
      }
    }
  }
}
