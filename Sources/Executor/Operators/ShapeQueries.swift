import TensorCore

/// Operators whose result is decided before any data is seen.
let shapeQueries: [OperatorEntry] = [
  OperatorEntry("Shape", since: 1, ShapeOf.self),
  OperatorEntry("Size", since: 1, SizeOf.self),
  OperatorEntry("Constant", since: 1, Constant.self),
  OperatorEntry("ConstantOfShape", since: 9, ConstantOfShape.self),
]

/// [Shape](https://onnx.ai/onnx/operators/onnx__Shape.html): the extents of the input's axes from `start` to before `end`.
private struct ShapeOf: Operator, DecidedKernel {
  let start: Int
  let end: Int?

  init(_ node: NodeReader) throws(OperatorError) {
    start = try node.int("start", default: 0)
    end = try node.int("end")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let extents = try operands.required(0).shape.dimensions
    let rank = extents.count
    let from = min(max(start < 0 ? start + rank : start, 0), rank)
    let to = min(max(end.map { $0 < 0 ? $0 + rank : $0 } ?? rank, 0), rank)
    let part = from < to ? extents[from..<to].map(Int64.init) : []
    return .known([Tensor(part, shape: [part.count])])
  }
}

/// [Size](https://onnx.ai/onnx/operators/onnx__Size.html): how many elements the input has.
private struct SizeOf: Operator, DecidedKernel {
  init(_ node: NodeReader) {}
  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    .known([Tensor(scalar: Int64(try operands.required(0).shape.count))])
  }
}

/// [Constant](https://onnx.ai/onnx/operators/onnx__Constant.html): the value of whichever attribute is given.
private struct Constant: Operator, DecidedKernel {
  let value: Tensor

  init(_ node: NodeReader) throws(OperatorError) {
    if let tensor = try node.tensor("value") {
      value = tensor
    } else if let number = try node.float("value_float") {
      value = Tensor(scalar: number)
    } else if let numbers = try node.floats("value_floats") {
      value = Tensor(numbers, shape: [numbers.count])
    } else if let number = try node.int("value_int") {
      value = Tensor(scalar: Int64(number))
    } else if let numbers = try node.ints("value_ints") {
      value = Tensor(numbers.map(Int64.init), shape: [numbers.count])
    } else {
      throw OperatorError(node.label, .value("expected a constant of numbers, found none; text is not supported"))
    }
  }

  func outputs(for operands: Operands) -> Outputs { .known([value]) }
}

/// [ConstantOfShape](https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html): a tensor of the given shape, filled with
/// `value`, by default the float 0.
private struct ConstantOfShape: Operator, DecidedKernel {
  let value: Tensor

  init(_ node: NodeReader) throws(OperatorError) {
    value = try node.tensor("value") ?? Tensor(scalar: Float(0))
    guard value.count == 1 else {
      throw OperatorError(node.label, .attribute("value", expected: "one element", found: "\(value.type)"))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    guard let extents = try operands.ints(0) else { throw OperatorError(operands.node, .missingInput(0)) }
    let shape = Shape(extents)
    guard let count = shape.checkedCount, count <= Network.largestElementCount else {
      throw OperatorError(operands.node, .tooLarge("\(shape)"))
    }
    let result = Tensor(uninitialized: TensorType(shape, value.elementType))
    let size = value.elementType.byteCount
    for i in 0..<count { unsafe (result.base + i * size).copyMemory(from: value.base, byteCount: size) }
    return .known([result])
  }
}

/// Stands for the code of an operator that never runs, for its outputs are known from the types of its inputs.
protocol DecidedKernel: Kernel {}

extension DecidedKernel {
  func run(_ frame: inout Frame) throws(OperatorError) {}
}
