import TensorCore

/// Operators that find where an extreme lies.
let argExtremes: [OperatorEntry] = [
  OperatorEntry("ArgMax", since: 1, ArgExtreme<Largest>.self),
  OperatorEntry("ArgMin", since: 1, ArgExtreme<Smallest>.self),
]

/// [ArgMax](https://onnx.ai/onnx/operators/onnx__ArgMax.html) and
/// [ArgMin](https://onnx.ai/onnx/operators/onnx__ArgMin.html): the position of the extreme along an axis, as int64.
///
/// Of equals the first is taken, or the last where `select_last_index` says so. The first NaN counts as the extreme.
private struct ArgExtreme<Rule: ExtremeRule>: Operator {
  let axis: Int
  let keepsAxis: Bool
  let takesLast: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: 0)
    keepsAxis = try node.flag("keepdims", default: true)
    takesLast = try node.flag("select_last_index")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.number(0)
    let axis = try normalizedAxis(self.axis, rank: x.shape.rank, node: operands.node)
    guard x.shape.rank == 0 || x.shape[axis] > 0 else {
      throw OperatorError(operands.node, .input(0, expected: "values along axis \(axis)", found: "\(x.type)"))
    }
    var extents = x.shape.dimensions
    if !extents.isEmpty {
      if keepsAxis { extents[axis] = 1 } else { extents.remove(at: axis) }
    }
    return Outputs(TensorType(Shape(extents), .int64))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let shape = try operands.required(0).shape
    let axis = try normalizedAxis(self.axis, rank: shape.rank, node: operands.node)
    return ArgExtremeKernel(takesLargest: Rule.takesLargest, rows: RowSpace(shape, axis: axis), takesLast: takesLast)
  }
}

private protocol ExtremeRule: Sendable {
  static var takesLargest: Bool { get }
}

private enum Largest: ExtremeRule { static var takesLargest: Bool { true } }
private enum Smallest: ExtremeRule { static var takesLargest: Bool { false } }

private struct ArgExtremeKernel: NumberKernel {
  let takesLargest: Bool
  let rows: RowSpace
  let takesLast: Bool

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Int64.self)
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        y[outer &* rows.inner &+ inner] = Int64(position(NumberRow(x, rows, outer, inner)))
      }
    }
  }

  @inline(__always)
  private func position<Element: NumberElement>(_ row: NumberRow<Element>) -> Int {
    var best = row[0], position = 0
    for i in 1..<max(row.count, 1) {
      let value = row[i]
      if best.isNotANumber { break }
      if (takesLargest ? value > best : value < best) || value.isNotANumber || (takesLast && value == best) {
        best = value
        position = i
      }
    }
    return position
  }
}
