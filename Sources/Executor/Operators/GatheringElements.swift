import TensorCore

/// Operators that look elements up at positions that an input names.
let elementGathers: [OperatorEntry] = [
  OperatorEntry("GatherElements", since: 11, GatherElements.self),
  OperatorEntry("GatherND", since: 11, GatherND.self),
  OperatorEntry("Compress", since: 9, Compress.self),
  OperatorEntry("ReverseSequence", since: 10, ReverseSequence.self),
]

/// [GatherElements](https://onnx.ai/onnx/operators/onnx__GatherElements.html): for each element of the indices, the element
/// of the data at the same place but for `axis`, where the index says.
///
/// Negative positions count from the back; a position outside the axis is an error.
private struct GatherElements: Operator, MovingKernel {
  let axis: Int
  init(_ node: NodeReader) throws(OperatorError) { axis = try node.int("axis", default: 0) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), indices = try operands.required(1, .int32, .int64)
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: operands.node)
    let fits =
      x.shape.rank == indices.shape.rank && x.shape.rank > 0
      && (0..<x.shape.rank).allSatisfy { $0 == axis || indices.shape[$0] <= x.shape[$0] }
    guard fits else {
      throw OperatorError(
        operands.node, .input(1, expected: "a shape within \(x.shape) but for axis \(axis)", found: "\(indices.type)"))
    }
    return Outputs(TensorType(indices.shape, x.type.elementType))
  }

  func run<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ frame: inout Frame, _ bits: Bits.Type
  ) throws(OperatorError) {
    let x = try frame.input(0), indices = try frame.input(1)
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: frame.node)
    let positions = try Positions(indices, extent: x.shape[axis], input: 1, node: frame.node)
    let source = x.bits(of: Bits.self), y = frame.outputs[0].bits(of: Bits.self)
    let step = x.shape.strides[axis]
    ElementWalk(indices.shape, strides: x.shape.strides, without: axis).forEach { place, offset in
      y[place] = source[offset &+ positions[place] &* step]
    }
  }
}

/// [GatherND](https://onnx.ai/onnx/operators/onnx__GatherND.html): the slices of the data at the tuples of positions that the
/// last axis of the indices holds, behind `batch_dims` axes that both share.
private struct GatherND: Operator, Kernel {
  let batchAxes: Int
  init(_ node: NodeReader) throws(OperatorError) { batchAxes = try node.int("batch_dims", default: 0) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), indices = try operands.required(1, .int64).shape
    guard batchAxes >= 0, indices.rank >= 1, batchAxes < min(x.shape.rank, indices.rank),
      x.shape.dimensions.prefix(batchAxes) == indices.dimensions.prefix(batchAxes),
      let depth = indices.dimensions.last, batchAxes + depth <= x.shape.rank
    else {
      throw OperatorError(operands.node, .input(1, expected: "tuples of positions in \(x.shape)", found: "\(indices)"))
    }
    let extents = indices.dimensions.dropLast() + x.shape.dimensions.dropFirst(batchAxes + depth)
    return Outputs(TensorType(Shape(Array(extents)), x.type.elementType))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), indices = try frame.input(1), y = frame.outputs[0]
    let depth = indices.shape[indices.shape.rank - 1]
    let tuples = try TuplePositions(
      indices, extents: Array(x.shape.dimensions[batchAxes..<(batchAxes + depth)]), input: 1, node: frame.node)
    let slice = x.shape.dimensions.dropFirst(batchAxes + depth).reduce(1, *) * x.elementType.byteCount
    let batchCount = x.shape.dimensions.prefix(batchAxes).reduce(1, *)
    let perBatch = batchCount == 0 ? 0 : tuples.count / batchCount
    let batchByteCount = x.shape.dimensions.dropFirst(batchAxes).reduce(1, *) * x.elementType.byteCount
    for place in 0..<tuples.count {
      let from = place / max(perBatch, 1) * batchByteCount + tuples[place] * slice
      unsafe (y.base + place * slice).copyMemory(from: x.base + from, byteCount: slice)
    }
  }
}

/// [Compress](https://onnx.ai/onnx/operators/onnx__Compress.html): the slices along `axis` where the condition is true; of the
/// flattened input where no axis is named.
private struct Compress: Operator, Kernel {
  let axis: Int?
  init(_ node: NodeReader) throws(OperatorError) { axis = try node.int("axis") }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), condition = try operands.required(1, .bool)
    guard condition.shape.rank == 1 else {
      throw OperatorError(operands.node, .input(1, expected: "one axis", found: "\(condition.type)"))
    }
    let axis = try axis.map { axis throws(OperatorError) in
      try normalizedAxis(axis, rank: x.shape.rank, node: operands.node)
    }
    let rows = axis.map { RowSpace(x.shape, axis: $0) } ?? RowSpace(outer: 1, count: x.shape.count, inner: 1)
    guard condition.shape[0] <= rows.count else {
      throw OperatorError(
        operands.node, .input(1, expected: "at most \(rows.count) values", found: "\(condition.type)"))
    }
    return .dataDependent
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    let condition = try frame.input(1).array(of: Bool.self)
    let axis = try axis.map { axis throws(OperatorError) in
      try normalizedAxis(axis, rank: x.shape.rank, node: frame.node)
    }
    let rows = axis.map { RowSpace(x.shape, axis: $0) } ?? RowSpace(outer: 1, count: x.count, inner: 1)
    let chosen = condition.indices.filter { condition[$0] }
    var shape: Shape = [chosen.count]
    if let axis, x.shape.rank > 0 {
      shape = x.shape
      shape[axis] = chosen.count
    }
    let y = Tensor(uninitialized: TensorType(shape, x.elementType))
    let slice = rows.inner * x.elementType.byteCount
    for outer in 0..<rows.outer {
      for (place, position) in chosen.enumerated() {
        unsafe (y.base + (outer * chosen.count + place) * slice)
          .copyMemory(from: x.base + (outer * rows.count + position) * slice, byteCount: slice)
      }
    }
    frame.outputs = [y]
  }
}

/// [ReverseSequence](https://onnx.ai/onnx/operators/onnx__ReverseSequence.html): of each sequence in a batch, the first as many
/// elements as input 1 says, in reverse.
private struct ReverseSequence: Operator, Kernel {
  let timeAxis: Int
  let batchAxis: Int

  init(_ node: NodeReader) throws(OperatorError) {
    timeAxis = try node.int("time_axis", default: 0)
    batchAxis = try node.int("batch_axis", default: 1)
    guard [timeAxis, batchAxis].sorted() == [0, 1] else {
      throw OperatorError(
        node.label,
        .attribute("time_axis", expected: "0 and 1, one of them `batch_axis`", found: "\(timeAxis) and \(batchAxis)"))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), lengths = try operands.required(1, .int64)
    guard x.shape.rank >= 2, lengths.shape == [x.shape[batchAxis]] else {
      throw OperatorError(
        operands.node, .input(1, expected: "one length per sequence of \(x.type)", found: "\(lengths.type)"))
    }
    return Outputs(x.type)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    let lengths = try frame.input(1).array(of: Int64.self).map(Int.init)
    let time = x.shape[timeAxis]
    if let wrong = lengths.first(where: { $0 < 0 || $0 > time }) {
      throw OperatorError(frame.node, .input(1, expected: "lengths in 0...\(time)", found: "\(wrong)"))
    }
    let slice = x.shape.dimensions.dropFirst(2).reduce(1, *) * x.elementType.byteCount
    for (batch, length) in lengths.enumerated() {
      for step in 0..<time {
        let source = step < length ? length - 1 - step : step
        let to = timeAxis == 0 ? step * lengths.count + batch : batch * time + step
        let from = timeAxis == 0 ? source * lengths.count + batch : batch * time + source
        unsafe (y.base + to * slice).copyMemory(from: x.base + from * slice, byteCount: slice)
      }
    }
  }
}
