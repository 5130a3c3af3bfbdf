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
      ? BoolComparison<Rule>(loop: loop) : NumberComparison<Rule>(loop: loop)
  }

  private func shapes(_ operands: Operands) throws(OperatorError) -> (Shape, Shape) {
    let a = try operands.required(0).shape, b = try operands.required(1, like: 0).shape
    return (a, legacy?.aligned(b, to: a) ?? b)
  }
}

private protocol ComparisonRule: Sendable {
  static func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool
}

private enum IsEqual: ComparisonRule {
  @inline(__always) static func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool { a == b }
}

private enum IsLess: ComparisonRule {
  @inline(__always) static func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool { a < b }
}

private enum IsNotAbove: ComparisonRule {
  @inline(__always) static func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool { a <= b }
}

private enum IsGreater: ComparisonRule {
  @inline(__always) static func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool { a > b }
}

private enum IsNotBelow: ComparisonRule {
  @inline(__always) static func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool { a >= b }
}

private struct NumberComparison<Rule: ComparisonRule>: NumberKernel {
  let loop: BroadcastLoop

  @inline(__always)
  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let a = try frame.input(0).values(of: Element.self), b = try frame.input(1).values(of: Element.self)
    let y = frame.outputs[0].values(of: Bool.self)
    unsafe loop.run(a.base, b.base, into: y.base) { Rule.holds($0.work, $1.work) }
  }
}

private struct BoolComparison<Rule: ComparisonRule>: Kernel {
  let loop: BroadcastLoop

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = try frame.input(0).bits(of: UInt8.self), b = try frame.input(1).bits(of: UInt8.self)
    let y = frame.outputs[0].values(of: Bool.self)
    unsafe loop.run(a.base, b.base, into: y.base) { Rule.holds($0, $1) }
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
