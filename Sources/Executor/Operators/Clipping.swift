import TensorCore

/// Operators that bound their input.
let clipping: [OperatorEntry] = [
  OperatorEntry("Clip", since: 1, Clip.self)
]

/// [Clip](https://onnx.ai/onnx/operators/onnx__Clip.html): `y = min(max(x, min), max)`, of numbers of any type. NaN stays NaN.
///
/// Up to opset 10 the bounds are attributes, from 11 on they are inputs 1 and 2; a bound that is not given does not bind.
/// Where the bounds cross, the upper one wins.
struct Clip: Operator {
  let attributes: (lower: Float, upper: Float)?

  init(_ node: NodeReader) throws(OperatorError) {
    attributes =
      node.opset < 11
      ? (try node.float("min", default: -.infinity), try node.float("max", default: .infinity)) : nil
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.number(0)
    for index in 1...2 {
      guard attributes == nil, let bound = operands[optional: index] else { continue }
      guard bound.shape.count == 1, bound.type.elementType == x.type.elementType else {
        throw OperatorError(
          operands.node, .input(index, expected: "a scalar of type \(x.type.elementType)", found: "\(bound.type)"))
      }
    }
    return Outputs(x.type, inPlace: 0)
  }

  func kernel(for operands: Operands) -> any Kernel { ClipKernel(attributes: attributes) }

  func channelsLast(for operands: Operands) -> ChannelsLastForm? { .elementwise(kernel(for: operands)) }

  func derivation(constants: [Tensor?]) -> Derivation? {
    let given = attributes ?? bounds(constants)
    guard let given, given.lower == 0, given.upper > 0 else { return nil }
    if given.upper == .infinity { return .relu(index: 0) }
    return isExactInAllTypes(given.upper) ? .clip(index: 0, upper: given.upper) : nil
  }

  func stage(replacing position: Int, of operands: Operands) -> StageKind? {
    guard position == 0, operands.areKnown(1, 2) else { return nil }
    let constants = (0..<3).map { operands[optional: $0]?.value }
    return (attributes ?? bounds(constants)).map { .clip(lower: $0.lower, upper: $0.upper) }
  }

  /// Whether binary16 and bfloat16 hold `bound` too, so that it is the same for inputs of any floating-point type.
  private func isExactInAllTypes(_ bound: Float) -> Bool {
    Float(Float16(bound)) == bound && bound.bitPattern & 0xffff == 0
  }

  /// Nil where a bound is not a known float.
  private func bounds(_ constants: [Tensor?]) -> (lower: Float, upper: Float)? {
    guard attributes == nil else { return attributes }
    var bounds: (lower: Float, upper: Float) = (-.infinity, .infinity)
    if constants.count > 1, let lower = constants[1] {
      guard let value = lower.floats?.first else { return nil }
      bounds.lower = value
    }
    if constants.count > 2, let upper = constants[2] {
      guard let value = upper.floats?.first else { return nil }
      bounds.upper = value
    }
    return bounds
  }
}

private struct ClipKernel: NumberKernel {
  let attributes: (lower: Float, upper: Float)?

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let lower = bound(frame.optional(1), attributes?.lower, Element.self) ?? .lowest
    let upper = bound(frame.optional(2), attributes?.upper, Element.self) ?? .highest
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    for i in y.indices { y[i] = Element(work: clipped(x[i].work, lower, upper)) }
  }

  private func bound<Element: NumberElement>(
    _ input: Tensor?, _ attribute: Float?, _ type: Element.Type
  ) -> Element.Work? {
    if let attribute { return Element.Work(nearest: Double(attribute)) }
    return input.map { $0.values(of: Element.self)[0].work }
  }
}
