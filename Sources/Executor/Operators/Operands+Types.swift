import TensorCore

extension Operands {
  /// A required input of floating-point numbers.
  func real(_ index: Int) throws(OperatorError) -> Operand {
    let operand = try required(index)
    guard operand.type.elementType.isFloatingPoint else {
      throw OperatorError(node, .input(index, expected: "floating-point numbers", found: "\(operand.type)"))
    }
    return operand
  }

  /// A required input of numbers of any type.
  func number(_ index: Int) throws(OperatorError) -> Operand {
    let operand = try required(index)
    guard operand.type.elementType != .bool else {
      throw OperatorError(node, .input(index, expected: "numbers", found: "\(operand.type)"))
    }
    return operand
  }

  /// A required input of integers.
  func integer(_ index: Int) throws(OperatorError) -> Operand {
    let operand = try required(index)
    guard operand.type.elementType.isInteger else {
      throw OperatorError(node, .input(index, expected: "integers", found: "\(operand.type)"))
    }
    return operand
  }

  /// A required input whose elements have the type of input `other`.
  func required(_ index: Int, like other: Int) throws(OperatorError) -> Operand {
    let operand = try required(index), expected = try required(other).type.elementType
    guard operand.type.elementType == expected else {
      throw OperatorError(node, .input(index, expected: "\(expected)", found: "\(operand.type)"))
    }
    return operand
  }

  /// The single integer of an input that must be known before the node runs; nil where the input is not given.
  func int(_ index: Int) throws(OperatorError) -> Int? {
    guard let values = try ints(index) else { return nil }
    guard values.count == 1 else {
      throw OperatorError(node, .input(index, expected: "one integer", found: "\(values.count)"))
    }
    return values[0]
  }

  /// The common shape of inputs that broadcast together.
  func broadcastShape(_ indices: Range<Int>) throws(OperatorError) -> Shape {
    var shape: Shape = []
    for index in indices {
      let next = try required(index).shape
      guard let common = BroadcastLoop.shape(shape, next) else {
        throw OperatorError(node, .shape(expected: "shapes that broadcast", found: "\(shape) and \(next)"))
      }
      shape = common
    }
    return shape
  }
}

extension ElementType {
  var isInteger: Bool { !isFloatingPoint && self != .bool }
}
