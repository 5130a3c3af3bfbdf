import Glibc

/// An activation function of a recurrent cell, with its parameters.
struct CellActivation: Sendable {
  enum Kind: String, CaseIterable {
    case relu, tanh, sigmoid, affine, leakyrelu, thresholdedrelu, scaledtanh, hardsigmoid, elu, softsign, softplus
  }
  let kind: Kind
  let alpha: Float
  let beta: Float

  /// - Parameters:
  ///   - name: In any case, as ONNX says.
  ///   - alpha: Where nil, the function's own default.
  /// - Returns: Nil for a name that ONNX does not know.
  init?(_ name: String, alpha: Float?, beta: Float?) {
    guard let kind = Kind(rawValue: name.lowercased()) else { return nil }
    self.kind = kind
    let defaults: (Float, Float) =
      switch kind {
      case .leakyrelu: (0.01, 0)
      case .hardsigmoid: (0.2, 0.5)
      default: (1, kind == .affine ? 0 : 1)
      }
    self.alpha = alpha ?? defaults.0
    self.beta = beta ?? defaults.1
  }

  @inline(__always)
  func callAsFunction(_ x: Float) -> Float {
    switch kind {
    case .relu: x < 0 ? 0 : x
    case .tanh: tanhf(x)
    case .sigmoid: logistic(x)
    case .affine: alpha * x + beta
    case .leakyrelu: x < 0 ? alpha * x : x
    case .thresholdedrelu: x > alpha ? x : 0
    case .scaledtanh: alpha * tanhf(beta * x)
    case .hardsigmoid: clipped(alpha * x + beta, 0, 1)
    case .elu: x < 0 ? alpha * expm1f(x) : x
    case .softsign: x / (1 + abs(x))
    case .softplus: softplus(x)
    }
  }
}
