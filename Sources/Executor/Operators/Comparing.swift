import TensorCore

/// Operators that answer true or false for each element or pair of elements.
let comparisons: [OperatorEntry] = [
  OperatorEntry("Equal", since: 1, Comparison<IsEqual>.self),
  OperatorEntry("Less", since: 1, Comparison<IsLess>.self),
  OperatorEntry("LessOrEqual", since: 12, Comparison<IsNotAbove>.self),
  OperatorEntry("Greater", since: 1, Comparison<IsGreater>.self),
  OperatorEntry("GreaterOrEqual", since: 12, Comparison<IsNotBelow>.self),
  OperatorEntry("IsNaN", since: 9, IsNaN.self),
  OperatorEntry("IsInf", since: 10, IsInf.self),
]

/// [Equal](https://onnx.ai/onnx/operators/onnx__Equal.html), [Less](https://onnx.ai/onnx/operators/onnx__Less.html),
/// [LessOrEqual](https://onnx.ai/onnx/operators/onnx__LessOrEqual.html),
/// [Greater](https://onnx.ai/onnx/operators/onnx__Greater.html) and
/// [GreaterOrEqual](https://onnx.ai/onnx/operators/onnx__GreaterOrEqual.html), with broadcasting.
///
/// A comparison with NaN is false. Truth values can be compared too: false is below true.
private struct Comparison<Rule: ComparisonRule>: Operator {
  let legacy: LegacyBroadcast?

  init(_ node: NodeReader) throws(OperatorError) {
    legacy = node.opset < 7 ? try LegacyBroadcast(node) : nil
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (a, b) = try shapes(operands)
    guard let shape = BroadcastLoop.shape(a, b) else {
      throw OperatorError(operands.node, .shape(expected: "two shapes that broadcast", found: "\(a) and \(b)"))
    }
    return Outputs(TensorType(shape, .bool))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (a, b) = try shapes(operands)
    let loop = BroadcastLoop(a, b)
    return try operands.required(0).type.elementType == .bool
      ? BoolComparison(order: Rule.order, loop: loop) : NumberComparison(order: Rule.order, loop: loop)
  }

  private func shapes(_ operands: Operands) throws(OperatorError) -> (Shape, Shape) {
    let a = try operands.required(0).shape, b = try operands.required(1, like: 0).shape
    return (a, legacy?.aligned(b, to: a) ?? b)
  }
}

/// Which pairs a comparison holds for.
private enum Order: Sendable {
  case equal, less, notAbove, greater, notBelow
}

private protocol ComparisonRule: Sendable {
  static var order: Order { get }
}

private enum IsEqual: ComparisonRule { static var order: Order { .equal } }
private enum IsLess: ComparisonRule { static var order: Order { .less } }
private enum IsNotAbove: ComparisonRule { static var order: Order { .notAbove } }
private enum IsGreater: ComparisonRule { static var order: Order { .greater } }
private enum IsNotBelow: ComparisonRule { static var order: Order { .notBelow } }

extension BroadcastLoop {
  /// Writes whether each pair is in `order`; `value` makes an element comparable.
  @inline(__always)
  fileprivate func compare<Element, Value: Comparable>(
    _ a: Elements<Element>, _ b: Elements<Element>, _ y: Elements<Bool>, _ order: Order, _ value: (Element) -> Value
  ) {
    switch order {
    case .equal: unsafe run(a.base, b.base, into: y.base) { value($0) == value($1) }
    case .less: unsafe run(a.base, b.base, into: y.base) { value($0) < value($1) }
    case .notAbove: unsafe run(a.base, b.base, into: y.base) { value($0) <= value($1) }
    case .greater: unsafe run(a.base, b.base, into: y.base) { value($0) > value($1) }
    case .notBelow: unsafe run(a.base, b.base, into: y.base) { value($0) >= value($1) }
    }
  }
}

private struct NumberComparison: NumberKernel {
  let order: Order
  let loop: BroadcastLoop

  @inline(__always)
  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let a = try frame.input(0).values(of: Element.self), b = try frame.input(1).values(of: Element.self)
    loop.compare(a, b, frame.outputs[0].values(of: Bool.self), order) { $0.work }
  }
}

private struct BoolComparison: Kernel {
  let order: Order
  let loop: BroadcastLoop

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = try frame.input(0).bits(of: UInt8.self), b = try frame.input(1).bits(of: UInt8.self)
    loop.compare(a, b, frame.outputs[0].values(of: Bool.self), order) { $0 }
  }
}

/// [IsNaN](https://onnx.ai/onnx/operators/onnx__IsNaN.html).
private struct IsNaN: Operator, RealKernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(TensorType(try operands.real(0).shape, .bool))
  }

  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Bool.self)
    for i in y.indices { y[i] = x[i].work.isNotANumber }
  }
}

/// [IsInf](https://onnx.ai/onnx/operators/onnx__IsInf.html): infinity of a sign that the attributes ask for.
private struct IsInf: Operator, RealKernel {
  let positive: Bool
  let negative: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    positive = try node.flag("detect_positive", default: true)
    negative = try node.flag("detect_negative", default: true)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(TensorType(try operands.real(0).shape, .bool))
  }

  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Bool.self)
    for i in y.indices {
      let value = x[i].work
      y[i] = (positive && value == Element.Work.infinity) || (negative && value == -Element.Work.infinity)
    }
  }
}
