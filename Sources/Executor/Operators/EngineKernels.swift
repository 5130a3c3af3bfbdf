import TensorCore

/// Operators that engines' kernels have and ONNX has not: what networks are written with that compute as engines do.
let engineKernels: [OperatorEntry] = [
  OperatorEntry("MultiplyAdd", domain: "qtool.engines", since: 1, MultiplyAdd.self)
]

/// `y = (x + offset) · factor + z`, product and sum in one rounding; `z` is the second input, which broadcasts with `x`, or
/// the attribute `addend`. float32 only; NaN and infinities go through as IEEE 754 says.
private struct MultiplyAdd: Operator {
  let line: Line

  /// What is done with each element.
  struct Line: Sendable {
    let factor: Float
    let offset: Float
    let addend: Float

    @inline(__always) func callAsFunction(_ x: Float, _ z: Float) -> Float { z.addingProduct(x + offset, factor) }
  }

  init(_ node: NodeReader) throws(OperatorError) {
    line = Line(
      factor: try node.float("factor", default: 1), offset: try node.float("offset", default: 0),
      addend: try node.float("addend", default: 0))
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    guard let z = operands[optional: 1] else { return Outputs(x.type, inPlace: 0) }
    guard z.type.elementType == .float32, let shape = BroadcastLoop.shape(x.shape, z.shape) else {
      throw OperatorError(
        operands.node, .input(1, expected: "float32 that broadcasts with \(x.shape)", found: "\(z.type)"))
    }
    return Outputs(TensorType(shape, .float32), inPlace: shape == x.shape ? 0 : shape == z.shape ? 1 : nil)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let x = try operands.required(0).shape
    return MultiplyAddKernel(line: line, loop: BroadcastLoop(x, operands[optional: 1]?.shape ?? []))
  }

  /// Where both inputs have one shape, or there is one, their layout does not matter.
  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let own = try operands.required(0).shape, other = operands[optional: 1]?.shape
    guard other == nil || other == own else { return nil }
    return ChannelsLastForm(try kernel(for: operands), inputs: other == nil ? [0] : [0, 1], isPreferred: false)
  }
}

private struct MultiplyAddKernel: Kernel {
  let line: MultiplyAdd.Line
  let loop: BroadcastLoop

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    guard let z = frame.optional(1)?.values(of: Float.self) else {
      for i in y.indices { y[i] = line(x[i], line.addend) }
      return
    }
    guard y.count > 0 else { return }
    unsafe loop.run(UnsafePointer(x.base), UnsafePointer(z.base), into: y.base) { line($0, $1) }
  }
}
