import TensorCore

/// Operators that show the same values under another shape.
let reshaping: [OperatorEntry] = [
  OperatorEntry("Reshape", since: 1, Reshape.self),
  OperatorEntry("Flatten", since: 1, Flatten.self),
  OperatorEntry("Squeeze", since: 1, Squeeze.self),
  OperatorEntry("Unsqueeze", since: 1, Unsqueeze.self),
  OperatorEntry("Identity", since: 1, Identity.self),
  OperatorEntry("Dropout", since: 1, Dropout.self),
]

/// An operator whose first output has the elements of its first input in the same order.
protocol ViewOperator: Operator, Kernel {
  func shape(for operands: Operands) throws(OperatorError) -> Shape
}

extension ViewOperator {
  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    let shape = try shape(for: operands)
    guard shape.checkedCount == x.shape.count else {
      throw OperatorError(
        operands.node, .shape(expected: "a shape of \(x.shape.count) elements for \(x.type)", found: "\(shape)"))
    }
    return .view(of: 0, as: TensorType(shape, x.type.elementType))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    guard !x.sharesStorage(with: frame.outputs[0]) else { return }
    unsafe frame.outputs[0].base.copyMemory(from: x.base, byteCount: x.type.byteCount)
  }

  func derivation(constants: [Tensor?]) -> Derivation? { .sameValues(index: 0) }
  var movesNumbers: Bool { true }
}

/// [Reshape](https://onnx.ai/onnx/operators/onnx__Reshape.html): the shape is input 1, or an attribute up to opset 4.
///
/// An extent of -1 is what is left over; 0 copies the input's extent, unless `allowzero` is set.
private struct Reshape: ViewOperator {
  let allowZero: Bool
  let attribute: [Int]?

  init(_ node: NodeReader) throws(OperatorError) {
    allowZero = try node.flag("allowzero")
    attribute = node.opset < 5 ? try node.ints("shape") : nil
  }

  func shape(for operands: Operands) throws(OperatorError) -> Shape {
    let x = try operands.required(0).shape
    guard let wanted = try operands.ints(1, unless: attribute) else {
      throw OperatorError(operands.node, .missingInput(1))
    }
    var extents = wanted
    for (axis, extent) in wanted.enumerated() where extent == 0 && !allowZero {
      guard axis < x.rank else { throw mismatch(operands, x, wanted) }
      extents[axis] = x[axis]
    }
    if let free = extents.firstIndex(of: -1) {
      extents[free] = 1
      guard let known = Shape(extents).checkedCount, known > 0, x.count % known == 0 else {
        throw mismatch(operands, x, wanted)
      }
      extents[free] = x.count / known
    }
    guard extents.allSatisfy({ $0 >= 0 }) else { throw mismatch(operands, x, wanted) }
    return Shape(extents)
  }

  private func mismatch(_ operands: Operands, _ x: Shape, _ wanted: [Int]) -> OperatorError {
    OperatorError(operands.node, .shape(expected: "a shape that \(x) can take", found: "\(wanted)"))
  }
}

/// [Flatten](https://onnx.ai/onnx/operators/onnx__Flatten.html): a matrix of the axes before `axis` by those from it on.
private struct Flatten: ViewOperator {
  let axis: Int
  init(_ node: NodeReader) throws(OperatorError) { axis = try node.int("axis", default: 1) }

  func shape(for operands: Operands) throws(OperatorError) -> Shape {
    let x = try operands.required(0).shape
    let axis = try normalizedAxis(self.axis, rank: x.rank, node: operands.node, allowEnd: true)
    return [x.dimensions.prefix(axis).reduce(1, *), x.dimensions.dropFirst(axis).reduce(1, *)]
  }
}

/// [Squeeze](https://onnx.ai/onnx/operators/onnx__Squeeze.html): drops axes of extent 1; all of them where none are named.
private struct Squeeze: ViewOperator {
  let attribute: [Int]?
  init(_ node: NodeReader) throws(OperatorError) { attribute = node.opset < 13 ? try node.ints("axes") : nil }

  func shape(for operands: Operands) throws(OperatorError) -> Shape {
    let x = try operands.required(0).shape
    guard let named = try operands.ints(1, unless: attribute) else { return Shape(x.dimensions.filter { $0 != 1 }) }
    let axes = try normalizedAxes(named, rank: x.rank, node: operands.node)
    if let axis = axes.first(where: { $0 >= x.rank || x[$0] != 1 }) {
      throw OperatorError(operands.node, .shape(expected: "an extent of 1 along axis \(axis)", found: "\(x)"))
    }
    return Shape(x.dimensions.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
  }
}

/// [Unsqueeze](https://onnx.ai/onnx/operators/onnx__Unsqueeze.html): puts axes of extent 1 where `axes` says, in the result.
private struct Unsqueeze: ViewOperator {
  let attribute: [Int]?
  init(_ node: NodeReader) throws(OperatorError) { attribute = node.opset < 13 ? try node.ints("axes") : nil }

  func shape(for operands: Operands) throws(OperatorError) -> Shape {
    var extents = try operands.required(0).shape.dimensions
    guard let named = try operands.ints(1, unless: attribute) else {
      throw OperatorError(operands.node, .missingAttribute("axes"))
    }
    for axis in try normalizedAxes(named, rank: extents.count + named.count, node: operands.node) {
      extents.insert(1, at: min(axis, extents.count))
    }
    return Shape(extents)
  }
}

/// [Identity](https://onnx.ai/onnx/operators/onnx__Identity.html).
private struct Identity: ViewOperator {
  init(_ node: NodeReader) {}
  func shape(for operands: Operands) throws(OperatorError) -> Shape { try operands.required(0).shape }
}

/// [Dropout](https://onnx.ai/onnx/operators/onnx__Dropout.html) as it runs at inference: the identity, and a mask of ones.
private struct Dropout: ViewOperator {
  let opset: Int
  init(_ node: NodeReader) { opset = node.opset }
  func shape(for operands: Operands) throws(OperatorError) -> Shape { try operands.required(0).shape }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    var outputs = Outputs.view(of: 0, as: x.type)
    if operands.outputCount > 1 {
      // Up to opset 9 the mask has the type of the data.
      outputs.types?.append(TensorType(x.shape, opset < 10 ? x.type.elementType : .bool))
    }
    return outputs
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    if !x.sharesStorage(with: frame.outputs[0]) {
      unsafe frame.outputs[0].base.copyMemory(from: x.base, byteCount: x.type.byteCount)
    }
    guard frame.outputs.count > 1 else { return }
    let mask = frame.outputs[1]
    switch mask.elementType {
    case .bool: unsafe mask.elements(as: Bool.self).update(repeating: true)
    case .float32: unsafe mask.elements(as: Float.self).update(repeating: 1)
    case .float64: unsafe mask.elements(as: Double.self).update(repeating: 1)
    default: throw OperatorError(frame.node, .input(0, expected: "float32 or float64", found: "\(x.type)"))
    }
  }
}
