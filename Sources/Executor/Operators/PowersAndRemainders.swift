import TensorCore

/// Binary operators of numbers beyond the four of arithmetic.
let powersAndRemainders: [OperatorEntry] = [
  OperatorEntry("Pow", since: 1, Pow.self),
  OperatorEntry("Mod", since: 10, Mod.self),
  OperatorEntry("PRelu", since: 1, PRelu.self),
]

/// [Pow](https://onnx.ai/onnx/operators/onnx__Pow.html): `y = aᵇ` with broadcasting, in the type of `a`.
///
/// Integer powers of integers wrap around; a negative power of an integer truncates toward zero.
private struct Pow: Operator {
  let legacy: LegacyBroadcast?

  init(_ node: NodeReader) throws(OperatorError) {
    legacy = node.opset < 7 ? try LegacyBroadcast(node) : nil
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (a, b) = try shapes(operands)
    guard let shape = BroadcastLoop.shape(a, b) else {
      throw OperatorError(operands.node, .shape(expected: "two shapes that broadcast", found: "\(a) and \(b)"))
    }
    return Outputs(TensorType(shape, try operands.number(0).type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (a, b) = try shapes(operands)
    let loop = BroadcastLoop(a, b)
    guard try operands.required(0).type.elementType.isFloatingPoint else { return IntegerPowKernel(loop: loop) }
    let exponent = try operands.required(1)
    return PowKernel(loop: loop, constant: b.count == 1 ? exponent.value?.converted(to: .float64).array()[0] : nil)
  }

  private func shapes(_ operands: Operands) throws(OperatorError) -> (Shape, Shape) {
    let a = try operands.number(0).shape, b = try operands.number(1).shape
    return (a, legacy?.aligned(b, to: a) ?? b)
  }
}

private struct PowKernel: RealKernel {
  let loop: BroadcastLoop
  /// The exponent, where it is one number that is known.
  let constant: Double?

  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    switch constant {
    case 2 where x.count == y.count:
      for i in y.indices {
        let value = x[i].work
        y[i] = Element(work: value * value)
      }
    case 0.5 where x.count == y.count:
      for i in y.indices { y[i] = Element(work: x[i].work.squareRoot()) }
    default:
      let given = try frame.input(1)
      let exponents = given.elementType == Element.elementType ? given : given.converted(to: Element.elementType)
      withExtendedLifetime(exponents) {
        unsafe loop.run(x.base, exponents.values(of: Element.self).base, into: y.base) {
          Element(work: Element.Work.pow($0.work, $1.work))
        }
      }
    }
  }
}

private struct IntegerPowKernel: IntegerKernel {
  let loop: BroadcastLoop

  func run<Element: NumberElement & FixedWidthInteger>(
    _ frame: inout Frame, _ type: Element.Type
  ) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    let given = try frame.input(1)
    let exponents = given.converted(to: given.elementType.isFloatingPoint ? .float64 : .int64)
    withExtendedLifetime(exponents) {
      if given.elementType.isFloatingPoint {
        unsafe loop.run(x.base, exponents.values(of: Double.self).base, into: y.base) {
          Element(work: Element.Work(nearest: Double.pow($0.work.asDouble, $1)))
        }
      } else {
        unsafe loop.run(x.base, exponents.values(of: Int64.self).base, into: y.base) { power($0, $1) }
      }
    }
  }

  private func power<Number: FixedWidthInteger>(_ base: Number, _ exponent: Int64) -> Number {
    guard exponent >= 0 else {
      if base == 1 { return 1 }
      return Number.isSigned && base == 0 &- 1 ? (exponent % 2 == 0 ? 1 : base) : 0
    }
    var result: Number = 1, square = base, rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }
}

/// [Mod](https://onnx.ai/onnx/operators/onnx__Mod.html): the remainder, with the sign of the divisor, or with `fmod` that of
/// the dividend. A remainder of an integer by zero, which ONNX leaves open, is 0.
private struct Mod: Operator {
  let takesSignOfDividend: Bool
  init(_ node: NodeReader) throws(OperatorError) { takesSignOfDividend = try node.flag("fmod") }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let type = try operands.number(0).type.elementType
    _ = try operands.required(1, like: 0)
    return Outputs(TensorType(try operands.broadcastShape(0..<2), type))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let loop = BroadcastLoop(try operands.required(0).shape, try operands.required(1).shape)
    return try operands.required(0).type.elementType.isFloatingPoint
      ? RealModKernel(loop: loop, takesSignOfDividend: takesSignOfDividend)
      : IntegerModKernel(loop: loop, takesSignOfDividend: takesSignOfDividend)
  }
}

private struct RealModKernel: RealKernel {
  let loop: BroadcastLoop
  let takesSignOfDividend: Bool

  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let a = try frame.input(0).values(of: Element.self), b = try frame.input(1).values(of: Element.self)
    unsafe loop.run(a.base, b.base, into: frame.outputs[0].values(of: Element.self).base) {
      let divisor = $1.work, rest = Element.Work.fmod($0.work, divisor)
      let turns = !takesSignOfDividend && rest != 0 && (rest < 0) != (divisor < 0)
      return Element(work: turns ? rest + divisor : rest)
    }
  }
}

private struct IntegerModKernel: IntegerKernel {
  let loop: BroadcastLoop
  let takesSignOfDividend: Bool

  func run<Element: NumberElement & FixedWidthInteger>(
    _ frame: inout Frame, _ type: Element.Type
  ) throws(OperatorError) {
    let a = try frame.input(0).values(of: Element.self), b = try frame.input(1).values(of: Element.self)
    unsafe loop.run(a.base, b.base, into: frame.outputs[0].values(of: Element.self).base) { dividend, divisor in
      guard divisor != 0 else { return 0 }
      let rest = dividend.remainderReportingOverflow(dividingBy: divisor).partialValue
      let turns = !takesSignOfDividend && rest != 0 && (rest < 0) != (divisor < 0)
      return turns ? rest &+ divisor : rest
    }
  }
}

/// [PRelu](https://onnx.ai/onnx/operators/onnx__PRelu.html): `y = x < 0 ? slope · x : x`; the slope broadcasts to the input.
///
/// Up to opset 6 a slope of one axis is one number per channel.
private struct PRelu: Operator {
  let isPerChannel: Bool
  init(_ node: NodeReader) { isPerChannel = node.opset < 7 }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.number(0)
    _ = try operands.required(1, like: 0)
    let slope = try slope(operands)
    guard BroadcastLoop.shape(x.shape, slope) == x.shape else {
      throw OperatorError(
        operands.node, .input(1, expected: "a shape that broadcasts to \(x.shape)", found: "\(slope)"))
    }
    return Outputs(x.type, inPlace: 0)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    PReluKernel(loop: BroadcastLoop(try operands.required(0).shape, try slope(operands)))
  }

  private func slope(_ operands: Operands) throws(OperatorError) -> Shape {
    let x = try operands.required(0).shape, slope = try operands.required(1).shape
    guard isPerChannel, slope.rank == 1, x.rank >= 2, slope[0] == x[1] else { return slope }
    return Shape(slope.dimensions + Array(repeating: 1, count: x.rank - 2))
  }
}

private struct PReluKernel: NumberKernel {
  let loop: BroadcastLoop

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), slope = try frame.input(1).values(of: Element.self)
    unsafe loop.run(x.base, slope.base, into: frame.outputs[0].values(of: Element.self).base) {
      let value = $0.work
      return value < 0 ? Element(work: Element.Work.wrappingProduct($1.work, value)) : $0
    }
  }
}
