import TensorCore

/// Operators that accumulate along an axis.
let accumulations: [OperatorEntry] = [
  OperatorEntry("CumSum", since: 11, Cumulative<RunningSum>.self),
  OperatorEntry("CumProd", since: 26, Cumulative<RunningProduct>.self),
]

/// [CumSum](https://onnx.ai/onnx/operators/onnx__CumSum.html) and
/// [CumProd](https://onnx.ai/onnx/operators/onnx__CumProd.html): each element with all before it along an axis.
///
/// `exclusive` leaves the element itself out; `reverse` runs from the back.
private struct Cumulative<Rule: AccumulationRule>: Operator {
  let isExclusive: Bool
  let isReversed: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    isExclusive = try node.flag("exclusive")
    isReversed = try node.flag("reverse")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    _ = try rows(operands)
    return Outputs(try operands.number(0).type)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    CumulativeKernel(
      multiplies: Rule.multiplies, rows: try rows(operands), isExclusive: isExclusive, isReversed: isReversed)
  }

  private func rows(_ operands: Operands) throws(OperatorError) -> RowSpace {
    let shape = try operands.required(0).shape
    guard let axis = try operands.int(1) else { throw OperatorError(operands.node, .missingInput(1)) }
    return RowSpace(shape, axis: try normalizedAxis(axis, rank: shape.rank, node: operands.node))
  }
}

private protocol AccumulationRule: Sendable {
  static var multiplies: Bool { get }
}

private enum RunningSum: AccumulationRule { static var multiplies: Bool { false } }
private enum RunningProduct: AccumulationRule { static var multiplies: Bool { true } }

private struct CumulativeKernel: NumberKernel {
  let multiplies: Bool
  let rows: RowSpace
  let isExclusive: Bool
  let isReversed: Bool

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        let source = Row(x, rows, outer, inner), target = Row(y, rows, outer, inner)
        var total: Element.Work = multiplies ? 1 : 0
        for step in 0..<rows.count {
          let place = isReversed ? rows.count - 1 - step : step
          let value = source[place].work
          let next = multiplies ? Element.Work.wrappingProduct(total, value) : Element.Work.wrappingSum(total, value)
          target[place] = Element(work: isExclusive ? total : next)
          total = next
        }
      }
    }
  }
}
