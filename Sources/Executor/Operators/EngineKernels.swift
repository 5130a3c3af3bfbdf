import TensorCore

/// Operators that engines' kernels have and ONNX has not: what networks are written with that compute as engines do.
let engineKernels: [OperatorEntry] = [
  OperatorEntry("MultiplyAdd", domain: "qtool.engines", since: 1, MultiplyAdd.self)
]

/// `y = (x + offset) · factor + z`, product and sum in one rounding; `z` is the second input, of the shape of `x`, or
/// the attribute `addend`. float32 only; NaN and infinities go through as IEEE 754 says.
private struct MultiplyAdd: Operator, Kernel {
  let factor: Float
  let offset: Float
  let addend: Float

  init(_ node: NodeReader) throws(OperatorError) {
    factor = try node.float("factor", default: 1)
    offset = try node.float("offset", default: 0)
    addend = try node.float("addend", default: 0)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    if let z = operands[optional: 1], z.type.elementType != .float32 || z.shape != x.shape {
      throw OperatorError(operands.node, .input(1, expected: "\(x.type)", found: "\(z.type)"))
    }
    return Outputs(x.type, inPlace: 0)
  }

  func channelsLast(for operands: Operands) -> ChannelsLastForm? {
    let inputs = operands[optional: 1] == nil ? [0] : [0, 1]
    return ChannelsLastForm(self, inputs: inputs, isPreferred: false)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    if let z = frame.optional(1)?.values(of: Float.self) {
      for i in y.indices { y[i] = z[i].addingProduct(x[i] + offset, factor) }
    } else {
      for i in y.indices { y[i] = addend.addingProduct(x[i] + offset, factor) }
    }
  }
}
