import KernelInterface
import TensorCore

/// Operators that map each element of a floating-point tensor on its own, as the layers of networks do.
let activations: [OperatorEntry] = [
  OperatorEntry("Relu", since: 1, Relu.self),
  OperatorEntry("LeakyRelu", since: 1, LeakyRelu.self),
  OperatorEntry("ThresholdedRelu", since: 1, ThresholdedRelu.self),
  OperatorEntry("Elu", since: 1, Elu.self),
  OperatorEntry("Celu", since: 12, Celu.self),
  OperatorEntry("Selu", since: 1, Selu.self),
  OperatorEntry("Sigmoid", since: 1, Sigmoid.self),
  OperatorEntry("HardSigmoid", since: 1, HardSigmoid.self),
  OperatorEntry("HardSwish", since: 14, HardSwish.self),
  OperatorEntry("Swish", since: 24, Swish.self),
  OperatorEntry("Mish", since: 18, Mish.self),
  OperatorEntry("Gelu", since: 20, Gelu.self),
  OperatorEntry("Softplus", since: 1, Softplus.self),
  OperatorEntry("Softsign", since: 1, Softsign.self),
  OperatorEntry("Shrink", since: 9, Shrink.self),
]

/// [Relu](https://onnx.ai/onnx/operators/onnx__Relu.html): `y = max(0, x)`, of numbers of any type. NaN stays NaN.
private struct Relu: NumberwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: WorkNumber>(_ x: Number) -> Number { x < 0 ? 0 : x }
  func derivation(constants: [Tensor?]) -> Derivation? { .relu(index: 0) }
  func stage(replacing position: Int, of operands: Operands) -> StageKind? { .clip(lower: 0, upper: .infinity) }
}

/// [LeakyRelu](https://onnx.ai/onnx/operators/onnx__LeakyRelu.html): `y = x < 0 ? alpha · x : x`.
private struct LeakyRelu: ElementwiseOperator {
  let alpha: Float
  init(_ node: NodeReader) throws(OperatorError) { alpha = try node.float("alpha", default: 0.01) }
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x < 0 ? Number(alpha) * x : x }
}

/// [ThresholdedRelu](https://onnx.ai/onnx/operators/onnx__ThresholdedRelu.html): `y = x > alpha ? x : 0`.
///
/// NaN becomes 0, as the comparison says.
private struct ThresholdedRelu: ElementwiseOperator {
  let alpha: Float
  init(_ node: NodeReader) throws(OperatorError) { alpha = try node.float("alpha", default: 1) }
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x > Number(alpha) ? x : 0 }
}

/// [Elu](https://onnx.ai/onnx/operators/onnx__Elu.html): `y = x < 0 ? alpha · (eˣ - 1) : x`.
private struct Elu: ElementwiseOperator {
  let alpha: Float
  init(_ node: NodeReader) throws(OperatorError) { alpha = try node.float("alpha", default: 1) }
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number {
    x < 0 ? Number(alpha) * Number.expm1(x) : x
  }
}

/// [Celu](https://onnx.ai/onnx/operators/onnx__Celu.html): `y = x < 0 ? alpha · (e^(x / alpha) - 1) : x`.
private struct Celu: ElementwiseOperator {
  let alpha: Float
  init(_ node: NodeReader) throws(OperatorError) { alpha = try node.float("alpha", default: 1) }
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number {
    x < 0 ? Number(alpha) * Number.expm1(x / Number(alpha)) : x
  }
}

/// [Selu](https://onnx.ai/onnx/operators/onnx__Selu.html): `y = gamma · (x > 0 ? x : alpha · (eˣ - 1))`.
private struct Selu: ElementwiseOperator {
  let alpha: Float
  let gamma: Float
  init(_ node: NodeReader) throws(OperatorError) {
    // The first version gave fewer digits.
    alpha = try node.float("alpha", default: node.opset < 6 ? 1.6732 : 1.673_263_2)
    gamma = try node.float("gamma", default: node.opset < 6 ? 1.0507 : 1.050_701)
  }
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number {
    Number(gamma) * (x > 0 ? x : Number(alpha) * Number.expm1(x))
  }
}

/// [Sigmoid](https://onnx.ai/onnx/operators/onnx__Sigmoid.html): `y = 1 / (1 + e⁻ˣ)`.
private struct Sigmoid: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { logistic(x) }
  func vectorized(_ table: KernelTable) -> KernelTable.ElementFunction? { unsafe table.logistic }
  var magnitudeBound: Float? { 1 }
}

/// `1 / (1 + e⁻ˣ)`, which neither overflows nor loses the small values.
@inline(__always)
func logistic<Number: Real>(_ x: Number) -> Number {
  // The exponential of a negative number only, so that it cannot overflow.
  let e = Number.exp(-abs(x))
  return x < 0 ? e / (1 + e) : 1 / (1 + e)
}

/// [HardSigmoid](https://onnx.ai/onnx/operators/onnx__HardSigmoid.html): `y = max(0, min(1, alpha · x + beta))`.
private struct HardSigmoid: ElementwiseOperator {
  let alpha: Float
  let beta: Float
  init(_ node: NodeReader) throws(OperatorError) {
    alpha = try node.float("alpha", default: 0.2)
    beta = try node.float("beta", default: 0.5)
  }
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number {
    clipped(Number(alpha) * x + Number(beta), 0, 1)
  }
  var magnitudeBound: Float? { 1 }
}

/// [HardSwish](https://onnx.ai/onnx/operators/onnx__HardSwish.html): `y = x · max(0, min(1, x / 6 + 0.5))`.
private struct HardSwish: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number {
    x * clipped(x * Number(Float(1.0 / 6.0)) + 0.5, 0, 1)
  }
}

/// [Swish](https://onnx.ai/onnx/operators/onnx__Swish.html): `y = x / (1 + e^(-alpha · x))`.
private struct Swish: ElementwiseOperator {
  let alpha: Float
  init(_ node: NodeReader) throws(OperatorError) { alpha = try node.float("alpha", default: 1) }
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x * logistic(Number(alpha) * x) }
}

/// [Mish](https://onnx.ai/onnx/operators/onnx__Mish.html): `y = x · tanh(ln(1 + eˣ))`.
private struct Mish: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x * Number.tanh(softplus(x)) }
}

/// [Gelu](https://onnx.ai/onnx/operators/onnx__Gelu.html): `y = x · Φ(x)`, with the normal distribution's Φ by the error
/// function, or where `approximate` says so `y = x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x³)))`.
private struct Gelu: ElementwiseOperator {
  enum Approximation: String, CaseIterable {
    case none, tanh
  }
  let approximation: Approximation
  init(_ node: NodeReader) throws(OperatorError) {
    approximation = try node.choice("approximate", default: .none)
  }
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number {
    switch approximation {
    case .none: 0.5 * x * (1 + Number.erf(x * Number(0.5.squareRoot())))
    case .tanh:
      0.5 * x * (1 + Number.tanh(Number((2 / Double.pi).squareRoot()) * (x + Number(0.044715) * x * x * x)))
    }
  }
}

/// [Softplus](https://onnx.ai/onnx/operators/onnx__Softplus.html): `y = ln(1 + eˣ)`.
private struct Softplus: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { softplus(x) }
}

/// `ln(1 + eˣ)`, which does not overflow.
@inline(__always)
func softplus<Number: Real>(_ x: Number) -> Number { (x > 0 ? x : 0) + Number.log1p(Number.exp(-abs(x))) }

/// [Softsign](https://onnx.ai/onnx/operators/onnx__Softsign.html): `y = x / (1 + |x|)`.
private struct Softsign: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction<Number: Real>(_ x: Number) -> Number { x / (1 + abs(x)) }
  var magnitudeBound: Float? { 1 }
}

/// [Shrink](https://onnx.ai/onnx/operators/onnx__Shrink.html): values nearer to zero than `lambd` become 0, the others
/// move toward it by `bias`.
private struct Shrink: NumberwiseOperator {
  let lambda: Float
  let bias: Float
  init(_ node: NodeReader) throws(OperatorError) {
    lambda = try node.float("lambd", default: 0.5)
    bias = try node.float("bias", default: 0)
  }
  @inline(__always) func callAsFunction<Number: WorkNumber>(_ x: Number) -> Number {
    let value = x.asDouble
    if value < -Double(lambda) { return Number(nearest: value + Double(bias)) }
    return value > Double(lambda) ? Number(nearest: value - Double(bias)) : 0
  }
}

/// `min(max(x, lower), upper)` by comparisons, so that NaN passes.
@inline(__always)
func clipped<Number: Comparable>(_ x: Number, _ lower: Number, _ upper: Number) -> Number {
  let raised = x < lower ? lower : x
  return raised > upper ? upper : raised
}
