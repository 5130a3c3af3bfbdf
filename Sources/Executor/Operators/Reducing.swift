import TensorCore

/// Operators that reduce axes to one value.
let reductions: [OperatorEntry] = [
  OperatorEntry("ReduceSum", since: 1, Reduce<SumRule>.self),
  OperatorEntry("ReduceMean", since: 1, Reduce<MeanRule>.self),
  OperatorEntry("ReduceMax", since: 1, Reduce<MaximumRule>.self),
  OperatorEntry("ReduceMin", since: 1, Reduce<MinimumRule>.self),
  OperatorEntry("ReduceProd", since: 1, Reduce<ProductRule>.self),
  OperatorEntry("ReduceL1", since: 1, Reduce<L1Rule>.self),
  OperatorEntry("ReduceL2", since: 1, Reduce<L2Rule>.self),
  OperatorEntry("ReduceSumSquare", since: 1, Reduce<SumSquareRule>.self),
  OperatorEntry("ReduceLogSum", since: 1, Reduce<LogSumRule>.self),
  OperatorEntry("ReduceLogSumExp", since: 1, Reduce<LogSumExpRule>.self),
]

/// [ReduceSum](https://onnx.ai/onnx/operators/onnx__ReduceSum.html),
/// [ReduceMean](https://onnx.ai/onnx/operators/onnx__ReduceMean.html),
/// [ReduceMax](https://onnx.ai/onnx/operators/onnx__ReduceMax.html),
/// [ReduceMin](https://onnx.ai/onnx/operators/onnx__ReduceMin.html),
/// [ReduceProd](https://onnx.ai/onnx/operators/onnx__ReduceProd.html),
/// [ReduceL1](https://onnx.ai/onnx/operators/onnx__ReduceL1.html),
/// [ReduceL2](https://onnx.ai/onnx/operators/onnx__ReduceL2.html),
/// [ReduceSumSquare](https://onnx.ai/onnx/operators/onnx__ReduceSumSquare.html),
/// [ReduceLogSum](https://onnx.ai/onnx/operators/onnx__ReduceLogSum.html) and
/// [ReduceLogSumExp](https://onnx.ai/onnx/operators/onnx__ReduceLogSumExp.html).
///
/// The axes are an attribute or, since opset 13 for the sum and 18 for the others, input 1; all axes where none are
/// named. A group that holds a NaN becomes NaN. An empty group becomes the reduction's neutral value.
struct Reduce<Rule: ReductionRule>: Operator {
  let axesAttribute: [Int]?
  let keepsAxes: Bool
  let isIdentityWithoutAxes: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    axesAttribute = try node.ints("axes")
    keepsAxes = try node.flag("keepdims", default: true)
    isIdentityWithoutAxes = try node.flag("noop_with_empty_axes")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    if x.type.elementType == .bool, !Rule.acceptsBool { _ = try operands.number(0) }
    let axes = try axes(operands)
    var extents = x.shape.dimensions
    for axis in axes { extents[axis] = 1 }
    if !keepsAxes { extents = extents.enumerated().filter { !axes.contains($0.offset) }.map(\.element) }
    return Outputs(TensorType(Shape(extents), x.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let x = try operands.required(0)
    let space = ReductionSpace(x.shape, axes: try axes(operands))
    return ReductionKernel(
      reduction: Rule.reduction, space: space,
      scratchByteCount: max(space.scratchByteCount(x.type), space.rows.inner * MemoryLayout<Double>.stride))
  }

  func axes(_ operands: Operands) throws(OperatorError) -> [Int] {
    let rank = try operands.required(0).shape.rank
    let named = try operands.ints(1, unless: axesAttribute) ?? []
    if named.isEmpty { return isIdentityWithoutAxes ? [] : Array(0..<rank) }
    return try normalizedAxes(named, rank: rank, node: operands.node).filter { $0 < rank }
  }
}

/// Reduces the rows of a ``ReductionSpace``.
///
/// It is no generic type: a kernel is called through `any Kernel`, and code that is reached so is not specialised for the
/// parameters of a generic type.
private struct ReductionKernel: NumberKernel {
  let reduction: Reduction
  let space: ReductionSpace
  let scratchByteCount: Int

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    // The greatest and least of truth values are those of their bytes.
    guard x.elementType == .bool else { return try runNumbers(&frame) }
    unsafe reduce(x.bits(of: UInt8.self), frame.outputs[0].bits(of: UInt8.self), frame.scratch)
  }

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    unsafe reduce(
      try frame.input(0).values(of: Element.self), frame.outputs[0].values(of: Element.self), frame.scratch)
  }

  private func reduce<Element: NumberElement>(
    _ x: Elements<Element>, _ y: Elements<Element>, _ scratch: UnsafeMutableRawPointer
  ) {
    let source = unsafe space.elements(of: x, scratch: scratch)
    switch reduction {
    case .sum: unsafe reduce(source, y, scratch, SumRule.self)
    case .mean: unsafe reduce(source, y, scratch, MeanRule.self)
    case .maximum: unsafe reduce(source, y, scratch, MaximumRule.self)
    case .minimum: unsafe reduce(source, y, scratch, MinimumRule.self)
    case .product: unsafe reduce(source, y, scratch, ProductRule.self)
    case .l1: unsafe reduce(source, y, scratch, L1Rule.self)
    case .l2: unsafe reduce(source, y, scratch, L2Rule.self)
    case .sumSquare: unsafe reduce(source, y, scratch, SumSquareRule.self)
    case .logSum: unsafe reduce(source, y, scratch, LogSumRule.self)
    case .logSumExp: unsafe reduce(source, y, scratch, LogSumExpRule.self)
    }
  }

  @inline(__always)
  private func reduce<Element: NumberElement, Rule: ReductionRule>(
    _ x: Elements<Element>, _ y: Elements<Element>, _ scratch: UnsafeMutableRawPointer, _ rule: Rule.Type
  ) {
    let rows = space.rows
    // Neighbouring columns are reduced together, for their elements lie side by side.
    if Rule.isFold, rows.inner >= 8 { return unsafe reduceColumns(x, y, scratch, rule) }
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        y[outer &* rows.inner &+ inner] = Element(work: Rule.reduce(NumberRow(x, rows, outer, inner)))
      }
    }
  }

  @inline(__always)
  private func reduceColumns<Element: NumberElement, Rule: ReductionRule>(
    _ x: Elements<Element>, _ y: Elements<Element>, _ scratch: UnsafeMutableRawPointer, _ rule: Rule.Type
  ) {
    let rows = space.rows
    let totals = unsafe Elements(scratch.assumingMemoryBound(to: Element.Work.self), count: rows.inner)
    for outer in 0..<rows.outer {
      totals.fill(Rule.neutral(Element.Work.self))
      for place in 0..<rows.count {
        let line = x.from(rows.start(outer, 0) &+ place &* rows.inner)
        for i in 0..<rows.inner { totals[i] = Rule.combine(totals[i], Rule.element(line[i].work)) }
      }
      let results = y.from(outer &* rows.inner)
      for i in 0..<rows.inner { results[i] = Element(work: Rule.finish(totals[i], count: rows.count)) }
    }
  }
}
