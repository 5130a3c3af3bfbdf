import TensorCore

/// Positions along an axis that a tensor names: checked, and counted from the front.
struct Positions {
  private let values: [Int]
  var count: Int { values.count }

  /// - Parameter input: The input's number, for the message.
  init(_ tensor: Tensor, extent: Int, input: Int, node: NodeLabel) throws(OperatorError) {
    var values = tensor.integers ?? []
    for i in values.indices {
      guard values[i] >= -extent, values[i] < extent else {
        throw OperatorError(node, .input(input, expected: "positions in \(-extent)..<\(extent)", found: "\(values[i])"))
      }
      if values[i] < 0 { values[i] += extent }
    }
    self.values = values
  }

  @inline(__always) subscript(index: Int) -> Int { values[index] }
}

/// Places in a block of extents `extents` that the last axis of a tensor names: checked and flattened.
struct TuplePositions {
  private let values: [Int]
  var count: Int { values.count }

  init(_ tensor: Tensor, extents: [Int], input: Int, node: NodeLabel) throws(OperatorError) {
    let numbers = tensor.integers ?? []
    let depth = extents.count
    let count = tensor.shape.dimensions.dropLast().reduce(1, *)
    var values = [Int](repeating: 0, count: count)
    for place in 0..<count {
      var flat = 0
      for axis in 0..<depth {
        let position = numbers[place * depth + axis], extent = extents[axis]
        guard position >= -extent, position < extent else {
          throw OperatorError(
            node, .input(input, expected: "positions in \(-extent)..<\(extent)", found: "\(position)"))
        }
        flat = flat * extent + (position < 0 ? position + extent : position)
      }
      values[place] = flat
    }
    self.values = values
  }

  @inline(__always) subscript(index: Int) -> Int { values[index] }
}

/// Walks every element of a shape, and beside it the place in another tensor with one axis left out.
struct ElementWalk {
  private let extents: [Int]
  private let strides: [Int]

  /// - Parameter strides: Those of the other tensor, which has as many axes.
  init(_ shape: Shape, strides: [Int], without axis: Int) {
    extents = shape.dimensions
    var strides = strides
    strides[axis] = 0
    self.strides = strides
  }

  @inline(__always)
  func forEach(_ body: (_ place: Int, _ offset: Int) -> Void) {
    let count = extents.reduce(1, *)
    var position = [Int](repeating: 0, count: extents.count), offset = 0
    for place in 0..<count {
      body(place, offset)
      var axis = extents.count - 1
      while axis >= 0 {
        position[axis] += 1
        offset += strides[axis]
        if position[axis] < extents[axis] { break }
        offset -= strides[axis] * extents[axis]
        position[axis] = 0
        axis -= 1
      }
    }
  }
}
