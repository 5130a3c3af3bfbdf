package import TensorCore

/// What the plan knows of one input of a node before the node runs.
package struct Operand: Sendable {
  package var type: TensorType
  /// The values, where they do not depend on the sample.
  package var value: Tensor?
  /// Whether ``value`` is what stands there in the present run only, and may not be kept for the next.
  package var isMomentary = false

  package init(type: TensorType, value: Tensor? = nil) {
    self.type = type
    self.value = value
  }

  package init(constant value: Tensor) {
    type = value.type
    self.value = value
  }

  package var shape: Shape { type.shape }
}

/// The inputs of a node, as far as they are known; access checks what the operator needs.
package struct Operands: Sendable {
  package let node: NodeLabel
  package let outputCount: Int
  private var items: [Operand?]

  /// - Parameters:
  ///   - items: One per input; nil for an optional input that is not given.
  ///   - outputCount: How many outputs the node names.
  package init(_ items: [Operand?], of node: NodeLabel, outputCount: Int = 1) {
    self.items = items
    self.node = node
    self.outputCount = outputCount
  }

  package var count: Int { items.count }

  /// An optional input.
  package subscript(optional index: Int) -> Operand? { index < items.count ? items[index] : nil }

  /// A required input.
  package func required(_ index: Int) throws(OperatorError) -> Operand {
    guard let operand = self[optional: index] else { throw OperatorError(node, .missingInput(index)) }
    return operand
  }

  /// A required input whose element type must be one of `types`.
  package func required(_ index: Int, _ types: ElementType...) throws(OperatorError) -> Operand {
    let operand = try required(index)
    guard types.contains(operand.type.elementType) else {
      let names = types.map(\.description).joined(separator: ", ")
      throw OperatorError(node, .input(index, expected: names, found: "\(operand.type)"))
    }
    return operand
  }

  /// The ints of an input that must be known before the node runs; nil where the input is not given.
  ///
  /// - Throws: Also where the values depend on the data. The plan then asks again when it has them.
  package func ints(_ index: Int) throws(OperatorError) -> [Int]? {
    guard let operand = self[optional: index] else { return nil }
    guard let value = operand.value else { throw OperatorError(node, .unknownValue(index)) }
    guard let integers = value.integers else {
      throw OperatorError(node, .input(index, expected: "integers", found: "\(operand.type)"))
    }
    return integers
  }

  /// The ints of an attribute, or of the input that took its place in a later opset; nil where neither is given.
  package func ints(_ index: Int, unless attribute: [Int]?) throws(OperatorError) -> [Int]? {
    if let attribute { return attribute }
    return try ints(index)
  }

  /// The floats of an input that must be known before the node runs; nil where the input is not given.
  package func floats(_ index: Int) throws(OperatorError) -> [Float]? {
    guard let operand = self[optional: index] else { return nil }
    guard let value = operand.value else { throw OperatorError(node, .unknownValue(index)) }
    guard let floats = value.floats else {
      throw OperatorError(node, .input(index, expected: "floats", found: "\(operand.type)"))
    }
    return floats
  }

  /// The values of an input that are the same in every run; nil where they are not known or may change.
  package func constant(_ index: Int) -> Tensor? {
    guard let operand = self[optional: index], !operand.isMomentary else { return nil }
    return operand.value
  }

  /// Whether the values of every input in `indices` that is given are known.
  package func areKnown(_ indices: Int...) -> Bool {
    indices.allSatisfy { self[optional: $0].map { $0.value != nil } ?? true }
  }

}

extension Tensor {
  /// The elements of a floating-point tensor as `Float`s, or nil for other types.
  package var floats: [Float]? {
    switch elementType {
    case .float32: array(of: Float.self)
    case .float16: array(of: Float16.self).map(Float.init)
    case .bfloat16: array(of: BFloat16.self).map { Float($0) }
    case .float64: array(of: Double.self).map(Float.init)
    default: nil
    }
  }
}
