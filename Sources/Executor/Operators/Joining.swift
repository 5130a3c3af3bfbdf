import TensorCore

/// Operators that put tensors together or take them apart along an axis.
let joining: [OperatorEntry] = [
  OperatorEntry("Concat", since: 1, Concat.self),
  OperatorEntry("Split", since: 1, Split.self),
  OperatorEntry("Gather", since: 1, Gather.self),
]

/// [Concat](https://onnx.ai/onnx/operators/onnx__Concat.html): its inputs one behind the other along `axis`.
private struct Concat: Operator {
  let axis: Int

  init(_ node: NodeReader) throws(OperatorError) {
    if let axis = try node.int("axis") {
      self.axis = axis
    } else if node.opset < 4 {
      axis = 1
    } else {
      throw OperatorError(node.label, .missingAttribute("axis"))
    }
  }

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let first = try operands.required(0)
    let axis = try normalizedAxis(self.axis, rank: first.shape.rank, node: operands.node)
    guard first.shape.rank > 0 else {
      throw OperatorError(operands.node, .input(0, expected: "at least one axis", found: "\(first.type)"))
    }
    var shape = first.shape
    for index in 1..<max(operands.count, 1) {
      let next = try operands.required(index)
      var expected = shape
      if next.shape.rank == shape.rank { expected[axis] = next.shape[axis] }
      guard next.shape == expected, next.type.elementType == first.type.elementType else {
        throw OperatorError(
          operands.node, .input(index, expected: "\(first.type) but for axis \(axis)", found: "\(next.type)"))
      }
      shape[axis] += next.shape[axis]
    }
    return Outputs(TensorType(shape, first.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    ConcatKernel(try AxisPlace(axis, operands, \.order))
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let kernel = ConcatKernel(try AxisPlace(axis, operands, \.channelsLastOrder))
    return ChannelsLastForm(kernel, inputs: Array(0..<operands.count), isPreferred: false)
  }

  func derivation(constants: [Tensor?]) -> Derivation? { .concatenation }
}

/// [Split](https://onnx.ai/onnx/operators/onnx__Split.html): the parts that ``Concat`` would put together again.
private struct Split: Operator {
  let axis: Int
  let sizes: [Int]?
  let parts: Int?
  let readsInput: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: 0)
    readsInput = node.opset >= 13 || node.opset == 1
    sizes = try node.ints("split")
    parts = try node.int("num_outputs")
  }

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: operands.node)
    guard axis < x.shape.rank else {
      throw OperatorError(operands.node, .input(0, expected: "at least one axis", found: "\(x.type)"))
    }
    let extent = x.shape[axis], count = operands.outputCount
    let given = readsInput ? try operands.ints(1, unless: sizes) : sizes
    let chunk = (extent + (parts ?? count) - 1) / max(parts ?? count, 1)
    let extents = given ?? (0..<count).map { min(chunk, max(extent - $0 * chunk, 0)) }
    guard extents.count == count, extents.allSatisfy({ $0 >= 0 }), extents.reduce(0, +) == extent else {
      throw OperatorError(
        operands.node, .shape(expected: "\(count) parts of \(extent) elements in all", found: "\(extents)"))
    }
    return Outputs(
      types: extents.map { part in
        var shape = x.shape
        shape[axis] = part
        return TensorType(shape, x.type.elementType)
      })
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    SplitKernel(try AxisPlace(axis, operands, \.order))
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let kernel = SplitKernel(try AxisPlace(axis, operands, \.channelsLastOrder))
    return ChannelsLastForm(kernel, inputs: [0], isPreferred: false)
  }
}

/// [Gather](https://onnx.ai/onnx/operators/onnx__Gather.html): the slices of the data at the positions that input 1 names.
///
/// Negative positions count from the back; a position outside the axis is an error.
private struct Gather: Operator, Kernel {
  let axis: Int
  init(_ node: NodeReader) throws(OperatorError) { axis = try node.int("axis", default: 0) }

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), indices = try operands.required(1, .int32, .int64)
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: operands.node)
    guard axis < x.shape.rank else {
      throw OperatorError(operands.node, .input(0, expected: "at least one axis", found: "\(x.type)"))
    }
    let shape = x.shape.dimensions.prefix(axis) + indices.shape.dimensions + x.shape.dimensions.dropFirst(axis + 1)
    return Outputs(TensorType(Shape(Array(shape)), x.type.elementType))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: frame.node)
    let extent = x.shape[axis]
    let positions = try frame.input(1).integers ?? []
    let behind = x.shape.dimensions.dropFirst(axis + 1).reduce(1, *) * x.elementType.byteCount
    let outer = x.shape.dimensions.prefix(axis).reduce(1, *)
    for (place, position) in positions.enumerated() {
      guard position >= -extent, position < extent else {
        throw OperatorError(
          frame.node, .input(1, expected: "positions in \(-extent)..<\(extent)", found: "\(position)"))
      }
      let from = (position < 0 ? position + extent : position) * behind
      for row in 0..<outer {
        unsafe (y.base + (row * positions.count + place) * behind)
          .copyMemory(from: x.base + row * extent * behind + from, byteCount: behind)
      }
    }
  }
}
