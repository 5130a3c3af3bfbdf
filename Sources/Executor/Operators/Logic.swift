import TensorCore

/// Operators on truth values and on the bits of integers.
let logic: [OperatorEntry] = [
  OperatorEntry("And", since: 1, BoolCombination<Conjunction>.self),
  OperatorEntry("Or", since: 1, BoolCombination<Disjunction>.self),
  OperatorEntry("Xor", since: 1, BoolCombination<ExclusiveDisjunction>.self),
  OperatorEntry("Not", since: 1, Not.self),
  OperatorEntry("BitwiseAnd", since: 18, BitCombination<Conjunction>.self),
  OperatorEntry("BitwiseOr", since: 18, BitCombination<Disjunction>.self),
  OperatorEntry("BitwiseXor", since: 18, BitCombination<ExclusiveDisjunction>.self),
  OperatorEntry("BitwiseNot", since: 18, BitwiseNot.self),
  OperatorEntry("BitShift", since: 11, BitShift.self),
]

/// How two bits make one.
private enum BitOperation: Sendable {
  case and, or, exclusiveOr
}

private protocol BitRule: Sendable {
  static var operation: BitOperation { get }
}

private enum Conjunction: BitRule { static var operation: BitOperation { .and } }
private enum Disjunction: BitRule { static var operation: BitOperation { .or } }
private enum ExclusiveDisjunction: BitRule { static var operation: BitOperation { .exclusiveOr } }

/// [And](https://onnx.ai/onnx/operators/onnx__And.html), [Or](https://onnx.ai/onnx/operators/onnx__Or.html) and
/// [Xor](https://onnx.ai/onnx/operators/onnx__Xor.html) of truth values, with broadcasting.
private struct BoolCombination<Rule: BitRule>: Operator {
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
    return BitCombinationKernel(operation: Rule.operation, loop: BroadcastLoop(a, b))
  }

  private func shapes(_ operands: Operands) throws(OperatorError) -> (Shape, Shape) {
    let a = try operands.required(0, .bool).shape, b = try operands.required(1, .bool).shape
    return (a, legacy?.aligned(b, to: a) ?? b)
  }
}

/// [BitwiseAnd](https://onnx.ai/onnx/operators/onnx__BitwiseAnd.html),
/// [BitwiseOr](https://onnx.ai/onnx/operators/onnx__BitwiseOr.html) and
/// [BitwiseXor](https://onnx.ai/onnx/operators/onnx__BitwiseXor.html) of integers, with broadcasting.
private struct BitCombination<Rule: BitRule>: Operator {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let type = try operands.integer(0).type.elementType
    _ = try operands.required(1, like: 0)
    return Outputs(TensorType(try operands.broadcastShape(0..<2), type))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    BitCombinationKernel(
      operation: Rule.operation, loop: BroadcastLoop(try operands.required(0).shape, try operands.required(1).shape))
  }
}

private struct BitCombinationKernel: MovingKernel {
  let operation: BitOperation
  let loop: BroadcastLoop

  func run<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ frame: inout Frame, _ bits: Bits.Type
  ) throws(OperatorError) {
    let a = try frame.input(0).bits(of: Bits.self), b = try frame.input(1).bits(of: Bits.self)
    let y = frame.outputs[0].bits(of: Bits.self)
    switch operation {
    case .and: unsafe loop.run(a.base, b.base, into: y.base) { $0 & $1 }
    case .or: unsafe loop.run(a.base, b.base, into: y.base) { $0 | $1 }
    case .exclusiveOr: unsafe loop.run(a.base, b.base, into: y.base) { $0 ^ $1 }
    }
  }
}

/// [Not](https://onnx.ai/onnx/operators/onnx__Not.html) of truth values.
private struct Not: Operator, Kernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(try operands.required(0, .bool).type, inPlace: 0)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Bool.self), y = frame.outputs[0].values(of: Bool.self)
    for i in y.indices { y[i] = !x[i] }
  }
}

/// [BitwiseNot](https://onnx.ai/onnx/operators/onnx__BitwiseNot.html) of integers.
private struct BitwiseNot: Operator, MovingKernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(try operands.integer(0).type, inPlace: 0)
  }

  func run<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ frame: inout Frame, _ bits: Bits.Type
  ) throws(OperatorError) {
    let x = try frame.input(0).bits(of: Bits.self), y = frame.outputs[0].bits(of: Bits.self)
    for i in y.indices { y[i] = ~x[i] }
  }
}

/// [BitShift](https://onnx.ai/onnx/operators/onnx__BitShift.html) of unsigned integers, with broadcasting.
///
/// A shift by the width of the type or more leaves 0.
private struct BitShift: Operator {
  enum Direction: String, CaseIterable {
    case left = "LEFT"
    case right = "RIGHT"
  }
  let direction: Direction

  init(_ node: NodeReader) throws(OperatorError) {
    guard node.has("direction") else { throw OperatorError(node.label, .missingAttribute("direction")) }
    direction = try node.choice("direction", default: .left)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let type = try operands.required(0, .uint8, .uint16, .uint32, .uint64).type.elementType
    _ = try operands.required(1, like: 0)
    return Outputs(TensorType(try operands.broadcastShape(0..<2), type))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    BitShiftKernel(
      direction: direction, loop: BroadcastLoop(try operands.required(0).shape, try operands.required(1).shape))
  }

  private struct BitShiftKernel: MovingKernel {
    let direction: Direction
    let loop: BroadcastLoop

    func run<Bits: FixedWidthInteger & BitwiseCopyable>(
      _ frame: inout Frame, _ bits: Bits.Type
    ) throws(OperatorError) {
      let a = try frame.input(0).bits(of: Bits.self), b = try frame.input(1).bits(of: Bits.self)
      let y = frame.outputs[0].bits(of: Bits.self)
      switch direction {
      case .left: unsafe loop.run(a.base, b.base, into: y.base) { $0 << $1 }
      case .right: unsafe loop.run(a.base, b.base, into: y.base) { $0 >> $1 }
      }
    }
  }
}
