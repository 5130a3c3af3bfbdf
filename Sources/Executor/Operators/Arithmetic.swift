import TensorCore

/// Operators that combine two tensors element by element, with broadcasting.
let arithmetic: [OperatorEntry] = [
  OperatorEntry("Add", since: 1, Arithmetic<Addition>.self),
  OperatorEntry("Sub", since: 1, Arithmetic<Subtraction>.self),
  OperatorEntry("Mul", since: 1, Arithmetic<Multiplication>.self),
  OperatorEntry("Div", since: 1, Arithmetic<Division>.self),
]

/// [Add](https://onnx.ai/onnx/operators/onnx__Add.html), [Sub](https://onnx.ai/onnx/operators/onnx__Sub.html),
/// [Mul](https://onnx.ai/onnx/operators/onnx__Mul.html) and [Div](https://onnx.ai/onnx/operators/onnx__Div.html).
///
/// Before opset 7 the second input is broadcast only where the attribute `broadcast` says so, at `axis`.
struct Arithmetic<Function: ArithmeticFunction>: Operator {
  let legacy: LegacyBroadcast?

  init(_ node: NodeReader) throws(OperatorError) {
    legacy = node.opset < 7 ? try LegacyBroadcast(node) : nil
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (a, b) = try shapes(operands)
    guard let shape = BroadcastLoop.shape(a, b) else {
      throw OperatorError(operands.node, .shape(expected: "two shapes that broadcast", found: "\(a) and \(b)"))
    }
    let type = TensorType(shape, try operands.required(0).type.elementType)
    return Outputs(type, inPlace: shape == a ? 0 : shape == b ? 1 : nil)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (a, b) = try shapes(operands)
    return ArithmeticKernel(operation: Function.operation, loop: BroadcastLoop(a, b))
  }

  /// Both inputs are seen as images: what repeats along an axis still does when the axes are in another order.
  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    guard legacy == nil else { return nil }
    let (a, b) = try shapes(operands)
    let rank = max(a.rank, b.rank)
    var inputs: [Int] = []
    var ordered: [Shape] = []
    for (index, shape) in [a, b].enumerated() {
      if shape.rank == rank {
        inputs.append(index)
      } else if !TensorType(shape.aligned(to: rank)).layoutIsMoot {
        return nil
      }
      ordered.append(shape.aligned(to: rank).channelsLast)
    }
    return ChannelsLastForm(
      ArithmeticKernel(operation: Function.operation, loop: BroadcastLoop(ordered[0], ordered[1])), inputs: inputs,
      isPreferred: false)
  }

  private func shapes(_ operands: Operands) throws(OperatorError) -> (Shape, Shape) {
    let a = try operands.required(0), b = try operands.required(1)
    guard a.type.elementType == b.type.elementType, a.type.elementType != .bool else {
      throw OperatorError(operands.node, .input(1, expected: "\(a.type.elementType) numbers", found: "\(b.type)"))
    }
    return (a.shape, legacy?.aligned(b.shape, to: a.shape) ?? b.shape)
  }

  /// A constant factor or summand per channel, or a whole tensor to add, can be applied where the other input lies.
  func stage(replacing position: Int, of operands: Operands) -> StageKind? {
    guard position < 2, let x = operands[optional: position], let other = operands[optional: 1 - position],
      x.type.elementType == .float32, other.type.elementType == .float32, legacy == nil
    else { return nil }
    guard let constant = other.value else {
      return Function.isAddition && other.shape == x.shape ? .add(index: 1 - position) : nil
    }
    guard let perChannel = channelValues(constant, for: x.shape) else {
      let isBias = Function.isAddition && constant.shape.rank == 1 && constant.count == x.shape.dimensions.last
      return isBias ? .bias(constant.array(of: Float.self)) : nil
    }
    return Function.affine(constant: perChannel, isSecond: position == 0).map { .affine(scale: $0, shift: $1) }
  }

  /// The values of a constant that is the same along every axis but the channels.
  private func channelValues(_ constant: Tensor, for shape: Shape) -> [Float]? {
    guard shape.rank >= 2 else { return nil }
    let missing = shape.rank - constant.shape.rank
    guard missing >= 0 else { return nil }
    let extents = Array(repeating: 1, count: missing) + constant.shape.dimensions
    guard extents.enumerated().allSatisfy({ $0.element == 1 || ($0.offset == 1 && $0.element == shape[1]) }) else {
      return nil
    }
    let values = constant.array(of: Float.self)
    return values.count == 1 ? Array(repeating: values[0], count: shape[1]) : values
  }
}

/// How operators broadcast before opset 7.
struct LegacyBroadcast: Sendable {
  let isOn: Bool
  let axis: Int?

  init(_ node: NodeReader) throws(OperatorError) {
    isOn = try node.flag("broadcast")
    axis = try node.int("axis")
  }

  /// The second input's shape with ones where it repeats: its axes stand at `axis`, by default at the end.
  func aligned(_ shape: Shape, to target: Shape) -> Shape {
    guard isOn, shape.rank < target.rank else { return shape }
    let start = axis.map { $0 < 0 ? $0 + target.rank : $0 } ?? target.rank - shape.rank
    let behind = target.rank - start - shape.rank
    guard start >= 0, behind >= 0 else { return shape }
    return Shape(Array(repeating: 1, count: start) + shape.dimensions + Array(repeating: 1, count: behind))
  }
}

/// What is done with each pair of elements.
protocol ArithmeticFunction: Sendable {
  static func real<Number: BinaryFloatingPoint>(_ a: Number, _ b: Number) -> Number
  /// Wraps around on overflow, as ONNX's backends do.
  static func integer<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number
  static var operation: ArithmeticOperation { get }
  /// The same with one input fixed, as a scale and a shift per channel; nil where that is not exactly the same.
  static func affine(constant: [Float], isSecond: Bool) -> (scale: [Float], shift: [Float])?
}

extension ArithmeticFunction {
  static var isAddition: Bool { operation == .addition }
  static func affine(constant: [Float], isSecond: Bool) -> (scale: [Float], shift: [Float])? { nil }
}

enum Addition: ArithmeticFunction {
  @inline(__always) static func real<Number: BinaryFloatingPoint>(_ a: Number, _ b: Number) -> Number { a + b }
  @inline(__always) static func integer<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number { a &+ b }
  static var operation: ArithmeticOperation { .addition }
  static func affine(constant: [Float], isSecond: Bool) -> (scale: [Float], shift: [Float])? {
    (Array(repeating: 1, count: constant.count), constant)
  }
}

enum Subtraction: ArithmeticFunction {
  static var operation: ArithmeticOperation { .subtraction }
  @inline(__always) static func real<Number: BinaryFloatingPoint>(_ a: Number, _ b: Number) -> Number { a - b }
  @inline(__always) static func integer<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number { a &- b }
}

enum Multiplication: ArithmeticFunction {
  static var operation: ArithmeticOperation { .multiplication }
  @inline(__always) static func real<Number: BinaryFloatingPoint>(_ a: Number, _ b: Number) -> Number { a * b }
  @inline(__always) static func integer<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number { a &* b }
}

enum Division: ArithmeticFunction {
  static var operation: ArithmeticOperation { .division }
  @inline(__always) static func real<Number: BinaryFloatingPoint>(_ a: Number, _ b: Number) -> Number { a / b }
  /// Truncates toward zero; a division by zero, which ONNX leaves open, yields 0.
  @inline(__always) static func integer<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number {
    b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
  }
}

/// Names an ``ArithmeticFunction``, for code that is not generic.
enum ArithmeticOperation: Sendable {
  case addition, subtraction, multiplication, division
}

/// Combines two tensors element by element.
///
/// It is no generic type: a kernel is called through `any Kernel`, and code that is reached so is not specialised for the
/// parameters of a generic type.
struct ArithmeticKernel: Kernel {
  let operation: ArithmeticOperation
  let loop: BroadcastLoop

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = try frame.input(0), b = try frame.input(1), y = frame.outputs[0]
    switch operation {
    case .addition: combine(a, b, y, Addition.self)
    case .subtraction: combine(a, b, y, Subtraction.self)
    case .multiplication: combine(a, b, y, Multiplication.self)
    case .division: combine(a, b, y, Division.self)
    }
  }

  @inline(__always)
  private func combine<Function: ArithmeticFunction>(_ a: Tensor, _ b: Tensor, _ y: Tensor, _ function: Function.Type) {
    switch a.elementType {
    case .float32: apply(a, b, y) { (x: Float, y: Float) in Function.real(x, y) }
    case .float64: apply(a, b, y) { (x: Double, y: Double) in Function.real(x, y) }
    case .float16: apply(a, b, y) { (x: Float16, y: Float16) in Float16(Function.real(Float(x), Float(y))) }
    case .bfloat16: apply(a, b, y) { (x: BFloat16, y: BFloat16) in BFloat16(Function.real(Float(x), Float(y))) }
    case .int8: apply(a, b, y) { (x: Int8, y: Int8) in Function.integer(x, y) }
    case .int16: apply(a, b, y) { (x: Int16, y: Int16) in Function.integer(x, y) }
    case .int32: apply(a, b, y) { (x: Int32, y: Int32) in Function.integer(x, y) }
    case .int64: apply(a, b, y) { (x: Int64, y: Int64) in Function.integer(x, y) }
    case .uint8: apply(a, b, y) { (x: UInt8, y: UInt8) in Function.integer(x, y) }
    case .uint16: apply(a, b, y) { (x: UInt16, y: UInt16) in Function.integer(x, y) }
    case .uint32: apply(a, b, y) { (x: UInt32, y: UInt32) in Function.integer(x, y) }
    case .uint64: apply(a, b, y) { (x: UInt64, y: UInt64) in Function.integer(x, y) }
    case .bool: break
    }
  }

  @inline(__always)
  private func apply<Element: TensorElement>(
    _ a: Tensor, _ b: Tensor, _ y: Tensor, _ combine: (Element, Element) -> Element
  ) {
    unsafe loop.run(
      a.base.assumingMemoryBound(to: Element.self), b.base.assumingMemoryBound(to: Element.self),
      into: y.base.assumingMemoryBound(to: Element.self), combine)
  }
}
