import TensorCore

/// Puts tensors one behind the other along an axis.
struct ConcatKernel: Kernel {
  private let place: AxisPlace

  init(_ place: AxisPlace) { self.place = place }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let y = frame.outputs[0]
    let whole = place.rows(of: y)
    var offset = 0
    for index in frame.inputs.indices {
      let x = try frame.input(index)
      let part = place.rows(of: x)
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
  private let place: AxisPlace

  init(_ place: AxisPlace) { self.place = place }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    let whole = place.rows(of: x)
    var offset = 0
    for y in frame.outputs {
      let part = place.rows(of: y)
      for row in 0..<whole.count {
        unsafe (y.base + row &* part.byteCount)
          .copyMemory(from: x.base + (row &* whole.byteCount &+ offset), byteCount: part.byteCount)
      }
      offset += part.byteCount
    }
  }
}

/// Where an axis lies among the others in memory.
struct AxisPlace: Sendable {
  private let order: [Int]
  private let place: Int

  /// - Parameters:
  ///   - axis: As the node names it.
  ///   - order: How the axes of the first input lie.
  init(_ axis: Int, _ operands: Operands, _ order: (Shape) -> [Int]) throws(OperatorError) {
    let shape = try operands.required(0).shape
    let axis = try normalizedAxis(axis, rank: shape.rank, node: operands.node)
    self.order = order(shape)
    place = self.order.firstIndex(of: axis) ?? 0
  }

  /// A tensor as rows, each of which has all positions of the axis.
  func rows(of tensor: Tensor) -> (count: Int, byteCount: Int) {
    let extents = order.map { tensor.shape[$0] }
    let byteCount = extents.dropFirst(place).reduce(1, *) * tensor.elementType.byteCount
    return (extents.prefix(place).reduce(1, *), byteCount)
  }
}
