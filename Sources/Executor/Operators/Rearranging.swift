import TensorCore

/// Operators that move elements at regular distances.
let rearranging: [OperatorEntry] = [
  OperatorEntry("Transpose", since: 1, Transpose.self),
  OperatorEntry("Slice", since: 1, Slice.self),
  OperatorEntry("Expand", since: 8, Expand.self),
]

/// A ``StridedCopy`` of input 0.
struct StridedCopyKernel: Kernel {
  let copy: StridedCopy

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    guard frame.outputs[0].count > 0 else { return }
    unsafe copy.run(from: x.base, to: frame.outputs[0].base, elementByteCount: x.elementType.byteCount)
  }
}

/// [Transpose](https://onnx.ai/onnx/operators/onnx__Transpose.html): axis `i` of the result is axis `perm[i]` of the
/// input; without `perm` the axes are reversed.
private struct Transpose: Operator {
  let permutation: [Int]?
  init(_ node: NodeReader) throws(OperatorError) { permutation = try node.ints("perm") }

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    let order = try order(operands)
    return Outputs(TensorType(Shape(order.map { x.shape[$0] }), x.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let x = try operands.required(0).shape
    let order = try order(operands), strides = x.strides
    return StridedCopyKernel(copy: StridedCopy(shape: Shape(order.map { x[$0] }), strides: order.map { strides[$0] }))
  }

  func derivation(constants: [Tensor?]) -> Derivation? { .sameValues(index: 0) }

  private func order(_ operands: Operands) throws(OperatorError) -> [Int] {
    let rank = try operands.required(0).shape.rank
    guard let permutation else { return Array((0..<rank).reversed()) }
    let order = permutation.map { $0 < 0 ? $0 + rank : $0 }
    guard order.sorted() == Array(0..<rank) else {
      throw OperatorError(
        operands.node, .attribute("perm", expected: "each of the axes 0..<\(rank) once", found: "\(permutation)"))
    }
    return order
  }
}

/// [Slice](https://onnx.ai/onnx/operators/onnx__Slice.html): along each named axis every `step`-th element from `start`
/// to before `end`. Up to opset 9 starts, ends and axes are attributes, from 10 on inputs.
private struct Slice: Operator {
  let attributes: (starts: [Int], ends: [Int], axes: [Int]?)?

  init(_ node: NodeReader) throws(OperatorError) {
    guard node.opset < 10 else {
      attributes = nil
      return
    }
    guard let starts = try node.ints("starts") else { throw OperatorError(node.label, .missingAttribute("starts")) }
    guard let ends = try node.ints("ends") else { throw OperatorError(node.label, .missingAttribute("ends")) }
    attributes = (starts, ends, try node.ints("axes"))
  }

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    return Outputs(TensorType(try resolve(operands, x.shape.order).shape, x.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    try kernel(operands, try operands.required(0).shape.order)
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let kernel = try kernel(operands, try operands.required(0).shape.channelsLastOrder)
    return ChannelsLastForm(kernel, inputs: [0], isPreferred: false)
  }

  /// - Parameter order: The axes in the order in which the elements lie.
  private func kernel(_ operands: Operands, _ order: [Int]) throws(OperatorError) -> StridedCopyKernel {
    let slice = try resolve(operands, order)
    return StridedCopyKernel(
      copy: StridedCopy(
        shape: Shape(order.map { slice.shape[$0] }), strides: order.map { slice.strides[$0] }, start: slice.start))
  }

  /// The shape of the result, and by axis how far apart its elements lie in the input.
  private func resolve(
    _ operands: Operands, _ order: [Int]
  ) throws(OperatorError) -> (shape: Shape, strides: [Int], start: Int) {
    let x = try operands.required(0).shape
    guard let starts = try operands.ints(1, unless: attributes?.starts) else {
      throw OperatorError(operands.node, .missingInput(1))
    }
    guard let ends = try operands.ints(2, unless: attributes?.ends) else {
      throw OperatorError(operands.node, .missingInput(2))
    }
    let named = attributes == nil ? try operands.ints(3) : attributes?.axes
    let axes = named ?? Array(0..<starts.count)
    let steps =
      attributes == nil ? try operands.ints(4) ?? Array(repeating: 1, count: starts.count) : axes.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count, !steps.contains(0) else {
      throw OperatorError(
        operands.node,
        .shape(
          expected: "as many starts, ends, axes and steps, no step 0", found: "\(starts), \(ends), \(axes), \(steps)"))
    }
    _ = try normalizedAxes(axes, rank: x.rank, node: operands.node)
    var shape = x, strides = x.strides(in: order), start = 0
    for (position, name) in axes.enumerated() {
      let axis = try normalizedAxis(name, rank: x.rank, node: operands.node)
      guard axis < x.rank else {
        throw OperatorError(operands.node, .shape(expected: "an axis to slice", found: "\(x)"))
      }
      let span = Slice.span(from: starts[position], to: ends[position], step: steps[position], extent: x[axis])
      shape[axis] = span.count
      start += span.first * strides[axis]
      // A step from the only element may be as large as it likes.
      strides[axis] *= span.count > 1 ? steps[position] : 1
    }
    return (shape, strides, start)
  }

  /// Python's rule: negative positions count from the back, and positions beyond an end stop there.
  private static func span(from start: Int, to end: Int, step: Int, extent: Int) -> (first: Int, count: Int) {
    let from = start < 0 ? start.addingReportingOverflow(extent).partialValue : start
    let to = end < 0 ? end.addingReportingOverflow(extent).partialValue : end
    if step > 0 {
      let first = min(max(from, 0), extent), last = min(max(to, 0), extent)
      return (last > first ? first : 0, last > first ? (last - first - 1) / step + 1 : 0)
    }
    let first = min(max(from, -1), extent - 1), last = min(max(to, -1), extent - 1)
    let stride = step == .min ? Int.max : -step
    return (first > last ? first : 0, first > last ? (first - last - 1) / stride + 1 : 0)
  }
}

/// [Expand](https://onnx.ai/onnx/operators/onnx__Expand.html): repeats along axes of extent 1 to broadcast with a shape.
private struct Expand: Operator {
  init(_ node: NodeReader) {}

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(TensorType(try target(operands), try operands.required(0).type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let x = try operands.required(0).shape, shape = try target(operands)
    let own = x.strides, missing = shape.rank - x.rank
    let strides = (0..<shape.rank).map { $0 < missing || x[$0 - missing] == 1 ? 0 : own[$0 - missing] }
    return StridedCopyKernel(copy: StridedCopy(shape: shape, strides: strides))
  }

  private func target(_ operands: Operands) throws(OperatorError) -> Shape {
    let x = try operands.required(0).shape
    guard let wanted = try operands.ints(1) else { throw OperatorError(operands.node, .missingInput(1)) }
    guard wanted.allSatisfy({ $0 >= 0 }), let shape = BroadcastLoop.shape(x, Shape(wanted)) else {
      throw OperatorError(operands.node, .shape(expected: "a shape that \(x) broadcasts to", found: "\(wanted)"))
    }
    return shape
  }
}
