import TensorCore

/// Puts tensors one behind the other along an axis.
struct ConcatKernel: Kernel {
  let axis: Int
  /// The axes in the order in which the elements lie.
  let order: [Int]

  func run(_ frame: inout Frame) throws(OperatorError) {
    let y = frame.outputs[0]
    let whole = AxisRows(y, axis, order)
    var offset = 0
    for index in frame.inputs.indices {
      let x = try frame.input(index)
      let part = AxisRows(x, axis, order)
      for row in 0..<whole.count {
        unsafe (y.base + (row &* whole.byteCount &+ offset))
          .copyMemory(from: x.base + row &* part.byteCount, byteCount: part.byteCount)
      }
      offset += part.byteCount
    }
  }
}

/// Takes a tensor apart along an axis.
struct SplitKernel: Kernel {
  let axis: Int
  /// The axes in the order in which the elements lie.
  let order: [Int]

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    let whole = AxisRows(x, axis, order)
    var offset = 0
    for y in frame.outputs {
      let part = AxisRows(y, axis, order)
      for row in 0..<whole.count {
        unsafe (y.base + row &* part.byteCount)
          .copyMemory(from: x.base + (row &* whole.byteCount &+ offset), byteCount: part.byteCount)
      }
      offset += part.byteCount
    }
  }
}

/// A tensor as rows, each of which has all positions of one axis.
private struct AxisRows {
  let count: Int
  let byteCount: Int

  init(_ tensor: Tensor, _ axis: Int, _ order: [Int]) {
    let place = order.firstIndex(of: axis) ?? 0
    let extents = order.map { tensor.shape[$0] }
    count = extents.prefix(place).reduce(1, *)
    byteCount = extents.dropFirst(place).reduce(1, *) * tensor.elementType.byteCount
  }
}
