import Glibc
import TensorCore

/// Operators that map each element of a float tensor on its own.
let activations: [OperatorEntry] = [
  OperatorEntry("Relu", since: 1, Relu.self),
  OperatorEntry("LeakyRelu", since: 1, LeakyRelu.self),
  OperatorEntry("Sigmoid", since: 1, Sigmoid.self),
  OperatorEntry("HardSigmoid", since: 1, HardSigmoid.self),
  OperatorEntry("HardSwish", since: 14, HardSwish.self),
  OperatorEntry("Tanh", since: 1, Tanh.self),
  OperatorEntry("Exp", since: 1, Exp.self),
  OperatorEntry("Sqrt", since: 1, Sqrt.self),
]

/// An operator `y = f(x)` with the same `f` for every element.
///
/// NaN goes through `f` like any number, and comes out NaN.
protocol ElementwiseOperator: Operator, Kernel {
  func callAsFunction(_ x: Float) -> Float
}

extension ElementwiseOperator {
  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(try operands.required(0, .float32).type, inPlace: 0)
  }

  @inline(__always)
  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = unsafe try frame.input(0).elements(as: Float.self)
    let y = unsafe frame.outputs[0].elements(as: Float.self)
    for i in y.indices { unsafe y[i] = self(x[i]) }
  }
}

/// [Relu](https://onnx.ai/onnx/operators/onnx__Relu.html): `y = max(0, x)`. NaN stays NaN.
private struct Relu: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction(_ x: Float) -> Float { x < 0 ? 0 : x }
  func derivation(constants: [Tensor?]) -> Derivation? { .relu(index: 0) }
  func stage(replacing position: Int, of operands: Operands) -> StageKind? { .clip(lower: 0, upper: .infinity) }
}

/// [LeakyRelu](https://onnx.ai/onnx/operators/onnx__LeakyRelu.html): `y = x < 0 ? alpha · x : x`.
private struct LeakyRelu: ElementwiseOperator {
  let alpha: Float
  init(_ node: NodeReader) throws(OperatorError) { alpha = try node.float("alpha", default: 0.01) }
  @inline(__always) func callAsFunction(_ x: Float) -> Float { x < 0 ? alpha * x : x }
}

/// [Sigmoid](https://onnx.ai/onnx/operators/onnx__Sigmoid.html): `y = 1 / (1 + exp(-x))`.
private struct Sigmoid: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction(_ x: Float) -> Float {
    // The exponential of a negative number only, so that it cannot overflow.
    let e = expf(-abs(x))
    return x < 0 ? e / (1 + e) : 1 / (1 + e)
  }
  var magnitudeBound: Float? { 1 }
}

/// [HardSigmoid](https://onnx.ai/onnx/operators/onnx__HardSigmoid.html): `y = max(0, min(1, alpha · x + beta))`.
private struct HardSigmoid: ElementwiseOperator {
  let alpha: Float
  let beta: Float
  init(_ node: NodeReader) throws(OperatorError) {
    alpha = try node.float("alpha", default: 0.2)
    beta = try node.float("beta", default: 0.5)
  }
  @inline(__always) func callAsFunction(_ x: Float) -> Float { clipped(alpha * x + beta, 0, 1) }
  var magnitudeBound: Float? { 1 }
}

/// [HardSwish](https://onnx.ai/onnx/operators/onnx__HardSwish.html): `y = x · max(0, min(1, x / 6 + 0.5))`.
private struct HardSwish: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction(_ x: Float) -> Float { x * clipped(x * Float(1.0 / 6.0) + 0.5, 0, 1) }
}

/// [Tanh](https://onnx.ai/onnx/operators/onnx__Tanh.html).
private struct Tanh: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction(_ x: Float) -> Float { tanhf(x) }
  var magnitudeBound: Float? { 1 }
}

/// [Exp](https://onnx.ai/onnx/operators/onnx__Exp.html): `y = eˣ`; infinite above 88.72.
private struct Exp: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction(_ x: Float) -> Float { expf(x) }
}

/// [Sqrt](https://onnx.ai/onnx/operators/onnx__Sqrt.html): NaN for negative numbers.
private struct Sqrt: ElementwiseOperator {
  init(_ node: NodeReader) {}
  @inline(__always) func callAsFunction(_ x: Float) -> Float { x.squareRoot() }
}

/// `min(max(x, lower), upper)` by comparisons, so that NaN passes.
@inline(__always)
func clipped(_ x: Float, _ lower: Float, _ upper: Float) -> Float {
  let raised = x < lower ? lower : x
  return raised > upper ? upper : raised
}
