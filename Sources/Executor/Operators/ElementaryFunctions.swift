import KernelInterface
import TensorCore

/// Operators that apply a function of mathematics to each element.
let elementaryFunctions: [OperatorEntry] = [
  OperatorEntry("Abs", since: 1, Abs.self),
  OperatorEntry("Neg", since: 1, Neg.self),
  OperatorEntry("Sign", since: 9, Sign.self),
  OperatorEntry("Exp", since: 1, Exp.self),
  OperatorEntry("Log", since: 1, Log.self),
  OperatorEntry("Sqrt", since: 1, Sqrt.self),
  OperatorEntry("Reciprocal", since: 1, Reciprocal.self),
  OperatorEntry("Erf", since: 9, Erf.self),
  OperatorEntry("Floor", since: 1, Floor.self),
  OperatorEntry("Ceil", since: 1, Ceil.self),
  OperatorEntry("Round", since: 11, Round.self),
  OperatorEntry("Sin", since: 7, Sin.self),
  OperatorEntry("Cos", since: 7, Cos.self),
  OperatorEntry("Tan", since: 7, Tan.self),
  OperatorEntry("Asin", since: 7, Asin.self),
  OperatorEntry("Acos", since: 7, Acos.self),
  OperatorEntry("Atan", since: 7, Atan.self),
  OperatorEntry("Sinh", since: 9, Sinh.self),
  OperatorEntry("Cosh", since: 9, Cosh.self),
  OperatorEntry("Tanh", since: 1, Tanh.self),
  OperatorEntry("Asinh", since: 9, Asinh.self),
  OperatorEntry("Acosh", since: 9, Acosh.self),
  OperatorEntry("Atanh", since: 9, Atanh.self),
]

/// [Abs](https://onnx.ai/onnx/operators/onnx__Abs.html); the least integer stays itself.
private struct Abs: NumberwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: WorkNumber>(_ x: Number) -> Number {
    // Negation would leave the sign of -0, for that is not below 0.
    x <= 0 ? Number.wrappingDifference(0, x) : x
  }
}

/// [Neg](https://onnx.ai/onnx/operators/onnx__Neg.html): `y = -x`; the least integer stays itself.
private struct Neg: NumberwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: WorkNumber>(_ x: Number) -> Number {
    Number.wrappingProduct(x, Number.wrappingDifference(0, 1))
  }
}

/// [Sign](https://onnx.ai/onnx/operators/onnx__Sign.html): -1, 0 or 1. NaN stays NaN.
private struct Sign: NumberwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: WorkNumber>(_ x: Number) -> Number {
    x > 0 ? 1 : x < 0 ? Number.wrappingDifference(0, 1) : x
  }
}

/// [Exp](https://onnx.ai/onnx/operators/onnx__Exp.html): `y = eˣ`; infinite above 88.72 in float32.
private struct Exp: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.exp(x) }
  func vectorized(_ table: KernelTable) -> KernelTable.ElementFunction? { unsafe table.exponential }
}

/// [Log](https://onnx.ai/onnx/operators/onnx__Log.html), to base e: -∞ for 0, NaN for negative numbers.
private struct Log: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.log(x) }
}

/// [Sqrt](https://onnx.ai/onnx/operators/onnx__Sqrt.html): NaN for negative numbers.
private struct Sqrt: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x.squareRoot() }
}

/// [Reciprocal](https://onnx.ai/onnx/operators/onnx__Reciprocal.html): `y = 1 / x`.
private struct Reciprocal: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { 1 / x }
}

/// [Erf](https://onnx.ai/onnx/operators/onnx__Erf.html): the error function.
private struct Erf: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.erf(x) }
  func vectorized(_ table: KernelTable) -> KernelTable.ElementFunction? { unsafe table.errorFunction }
  var magnitudeBound: Float? { 1 }
}

/// [Floor](https://onnx.ai/onnx/operators/onnx__Floor.html).
private struct Floor: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x.rounded(.down) }
}

/// [Ceil](https://onnx.ai/onnx/operators/onnx__Ceil.html).
private struct Ceil: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x.rounded(.up) }
}

/// [Round](https://onnx.ai/onnx/operators/onnx__Round.html): to the nearest integer, ties to even.
private struct Round: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x.rounded(.toNearestOrEven) }
}

/// [Sin](https://onnx.ai/onnx/operators/onnx__Sin.html).
private struct Sin: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.sin(x) }
  var magnitudeBound: Float? { 1 }
}

/// [Cos](https://onnx.ai/onnx/operators/onnx__Cos.html).
private struct Cos: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.cos(x) }
  var magnitudeBound: Float? { 1 }
}

/// [Tan](https://onnx.ai/onnx/operators/onnx__Tan.html).
private struct Tan: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.tan(x) }
}

/// [Asin](https://onnx.ai/onnx/operators/onnx__Asin.html): NaN outside -1…1.
private struct Asin: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.asin(x) }
}

/// [Acos](https://onnx.ai/onnx/operators/onnx__Acos.html): NaN outside -1…1.
private struct Acos: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.acos(x) }
}

/// [Atan](https://onnx.ai/onnx/operators/onnx__Atan.html).
private struct Atan: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.atan(x) }
}

/// [Sinh](https://onnx.ai/onnx/operators/onnx__Sinh.html).
private struct Sinh: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.sinh(x) }
}

/// [Cosh](https://onnx.ai/onnx/operators/onnx__Cosh.html).
private struct Cosh: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.cosh(x) }
}

/// [Tanh](https://onnx.ai/onnx/operators/onnx__Tanh.html).
private struct Tanh: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.tanh(x) }
  var magnitudeBound: Float? { 1 }
}

/// [Asinh](https://onnx.ai/onnx/operators/onnx__Asinh.html).
private struct Asinh: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.asinh(x) }
}

/// [Acosh](https://onnx.ai/onnx/operators/onnx__Acosh.html): NaN below 1.
private struct Acosh: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.acosh(x) }
}

/// [Atanh](https://onnx.ai/onnx/operators/onnx__Atanh.html): NaN outside -1…1.
private struct Atanh: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { Number.atanh(x) }
}
