import Glibc
import TensorCore

/// Operators that make tensors of a regular content.
let generators: [OperatorEntry] = [
  OperatorEntry("Range", since: 11, Range.self),
  OperatorEntry("EyeLike", since: 9, EyeLike.self),
  OperatorEntry("OneHot", since: 9, OneHot.self),
]

/// [Range](https://onnx.ai/onnx/operators/onnx__Range.html): `start`, `start + delta`, … before `limit`.
private struct Range: Operator, NumberKernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let type = try operands.number(0).type.elementType
    var bounds: [Double] = []
    for index in 0..<3 {
      let operand = try operands.required(index, like: 0)
      guard operand.shape.count == 1 else {
        throw OperatorError(operands.node, .input(index, expected: "a scalar", found: "\(operand.type)"))
      }
      guard let value = operand.value else { throw OperatorError(operands.node, .unknownValue(index)) }
      bounds.append(value.converted(to: .float64).array(of: Double.self)[0])
    }
    let count = ((bounds[1] - bounds[0]) / bounds[2]).rounded(.up)
    guard !count.isNaN, count < Double(Network.largestElementCount) else {
      throw OperatorError(
        operands.node, .value("expected a range that ends, found \(bounds[0]) to \(bounds[1]) by \(bounds[2])"))
    }
    return Outputs(TensorType([max(Int(count), 0)], type))
  }

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let start = try frame.input(0).values(of: Element.self)[0].work
    let delta = try frame.input(2).values(of: Element.self)[0].work
    let y = frame.outputs[0].values(of: Element.self)
    for i in y.indices {
      // A product, so that errors do not add up; an integer product may wrap on the way to a sum that fits.
      let factor = Element.Work(exactly: i) ?? 0
      y[i] = Element(work: Element.Work.wrappingSum(start, Element.Work.wrappingProduct(factor, delta)))
    }
  }
}

/// [EyeLike](https://onnx.ai/onnx/operators/onnx__EyeLike.html): ones on the `k`-th diagonal of a matrix, zeros elsewhere.
private struct EyeLike: Operator, Kernel {
  let type: ElementType?
  let diagonal: Int

  init(_ node: NodeReader) throws(OperatorError) {
    type = try node.elementType("dtype")
    diagonal = try node.int("k", default: 0)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    guard x.shape.rank == 2 else {
      throw OperatorError(operands.node, .input(0, expected: "a matrix", found: "\(x.type)"))
    }
    return Outputs(TensorType(x.shape, type ?? x.type.elementType))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let y = frame.outputs[0]
    let rows = y.shape[0], columns = y.shape[1]
    var eye = [UInt8](repeating: 0, count: y.count)
    for row in 0..<rows {
      let (column, overflow) = row.addingReportingOverflow(diagonal)
      if !overflow, column >= 0, column < columns { eye[row * columns + column] = 1 }
    }
    convert(Tensor(eye, shape: y.shape), to: y)
  }
}

/// [OneHot](https://onnx.ai/onnx/operators/onnx__OneHot.html): a new axis that holds the "on" value at the place each index
/// names, the "off" value elsewhere. An index outside the axis turns nothing on.
private struct OneHot: Operator, MovingKernel {
  let axis: Int
  init(_ node: NodeReader) throws(OperatorError) { axis = try node.int("axis", default: -1) }

  var movedInput: Int { 2 }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let indices = try operands.number(0), values = try operands.required(2)
    guard values.shape == [2] else {
      throw OperatorError(operands.node, .input(2, expected: "the values off and on", found: "\(values.type)"))
    }
    guard let given = operands[optional: 1] else { throw OperatorError(operands.node, .missingInput(1)) }
    guard let tensor = given.value else { throw OperatorError(operands.node, .unknownValue(1)) }
    let depths = tensor.converted(to: .int64).array(of: Int64.self)
    guard depths.count == 1, depths[0] >= 0, depths[0] <= 1 << 31 else {
      throw OperatorError(operands.node, .input(1, expected: "one depth", found: "\(depths)"))
    }
    var extents = indices.shape.dimensions
    let axis = try normalizedAxis(self.axis, rank: extents.count + 1, node: operands.node)
    extents.insert(Int(depths[0]), at: axis)
    return Outputs(TensorType(Shape(extents), values.type.elementType))
  }

  func run<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ frame: inout Frame, _ bits: Bits.Type
  ) throws(OperatorError) {
    let values = try frame.input(2).bits(of: Bits.self), y = frame.outputs[0]
    let rows = RowSpace(y.shape, axis: try normalizedAxis(axis, rank: y.shape.rank, node: frame.node))
    let indices = try frame.input(0).converted(to: .int64).array(of: Int64.self)
    let target = y.bits(of: Bits.self)
    target.fill(values[0])
    for (place, index) in indices.enumerated() where index >= -rows.count && index < rows.count {
      let (outer, inner) = place.quotientAndRemainder(dividingBy: max(rows.inner, 1))
      let position = Int(index) + (index < 0 ? rows.count : 0)
      target[rows.start(outer, inner) + position * rows.inner] = values[1]
    }
  }
}
