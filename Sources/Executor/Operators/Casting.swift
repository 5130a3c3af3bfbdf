import TensorCore

/// Operators that change the element type.
let casting: [OperatorEntry] = [
  OperatorEntry("Cast", since: 6, Cast.self)
]

/// [Cast](https://onnx.ai/onnx/operators/onnx__Cast.html): each element as a number of another type.
///
/// Floats become integers by truncation; NaN becomes 0 and what does not fit becomes the nearest end of the range, which
/// ONNX leaves open. Anything but zero is true.
private struct Cast: Operator, Kernel {
  let target: ElementType

  init(_ node: NodeReader) throws(OperatorError) {
    guard let code = try node.int("to") else { throw OperatorError(node.label, .missingAttribute("to")) }
    guard let type = ElementType(onnxCode: code) else {
      throw OperatorError(node.label, .attribute("to", expected: "a type of numbers", found: "type \(code)"))
    }
    target = type
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(TensorType(try operands.required(0).shape, target))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    convert(try frame.input(0), to: frame.outputs[0])
  }
}
