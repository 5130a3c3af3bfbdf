import TensorCore

/// Operators that change the element type.
let casting: [OperatorEntry] = [
  OperatorEntry("Cast", since: 6, Cast.self),
  OperatorEntry("CastLike", since: 15, CastLike.self),
  OperatorEntry("BitCast", since: 26, BitCast.self),
]

/// [Cast](https://onnx.ai/onnx/operators/onnx__Cast.html): each element as a number of another type.
///
/// Floats become integers by truncation; NaN becomes 0 and what does not fit becomes the nearest end of the range, which
/// ONNX leaves open. Anything but zero is true.
private struct Cast: Operator, Kernel {
  let target: ElementType
  init(_ node: NodeReader) throws(OperatorError) { target = try node.requiredElementType("to") }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    guard x.type.elementType != target else { return .view(of: 0, as: x.type) }
    return Outputs(TensorType(x.shape, target))
  }

  func run(_ frame: inout Frame) throws(OperatorError) { try runCast(&frame) }

}

/// [CastLike](https://onnx.ai/onnx/operators/onnx__CastLike.html): ``Cast`` to the element type of input 1.
private struct CastLike: Operator, Kernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0), target = try operands.required(1).type.elementType
    guard x.type.elementType != target else { return .view(of: 0, as: x.type) }
    return Outputs(TensorType(x.shape, target))
  }

  func run(_ frame: inout Frame) throws(OperatorError) { try runCast(&frame) }
}

private func runCast(_ frame: inout Frame) throws(OperatorError) {
  let x = try frame.input(0), y = frame.outputs[0]
  // Copying keeps what a conversion could change: the payload of a NaN.
  if x.elementType == y.elementType { y.copyBytes(from: x) } else { convert(x, to: y) }
}

/// [BitCast](https://onnx.ai/onnx/operators/onnx__BitCast.html): the same bits as elements of another type of that width.
private struct BitCast: Operator, Kernel {
  let target: ElementType
  init(_ node: NodeReader) throws(OperatorError) { target = try node.requiredElementType("to") }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    guard x.type.elementType.byteCount == target.byteCount else {
      throw OperatorError(
        operands.node, .input(0, expected: "elements of \(target.byteCount) bytes", found: "\(x.type)"))
    }
    return Outputs(TensorType(x.shape, target))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    guard y.elementType == .bool else { return y.copyBytes(from: x) }
    // A `Bool` of another bit pattern than 0 or 1 is undefined behaviour.
    let source = x.bits(of: UInt8.self), target = y.bits(of: UInt8.self)
    for i in target.indices { target[i] = source[i] == 0 ? 0 : 1 }
  }
}

extension NodeReader {
  /// An attribute that names an element type by ONNX's number for it.
  func elementType(_ key: String) throws(OperatorError) -> ElementType? {
    guard let code = try int(key) else { return nil }
    guard let type = ElementType(onnxCode: code) else {
      throw OperatorError(label, .attribute(key, expected: "a type of numbers", found: "type \(code)"))
    }
    return type
  }

  func requiredElementType(_ key: String) throws(OperatorError) -> ElementType {
    guard let type = try elementType(key) else { throw OperatorError(label, .missingAttribute(key)) }
    return type
  }
}
