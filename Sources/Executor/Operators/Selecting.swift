import TensorCore

/// Operators that choose among values.
let selections: [OperatorEntry] = [
  OperatorEntry("Where", since: 9, Where.self),
  OperatorEntry("Max", since: 1, Fold<LargerRule>.self),
  OperatorEntry("Min", since: 1, Fold<SmallerRule>.self),
  OperatorEntry("Sum", since: 1, Fold<SumOfAll>.self),
  OperatorEntry("Mean", since: 1, Fold<MeanOfAll>.self),
]

/// [Where](https://onnx.ai/onnx/operators/onnx__Where.html): input 1 where input 0 is true, else input 2; all three broadcast.
private struct Where: Operator {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    _ = try operands.required(0, .bool)
    let type = try operands.required(1).type.elementType
    _ = try operands.required(2, like: 1)
    return Outputs(TensorType(try operands.broadcastShape(0..<3), type))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let shapes = [try operands.required(0).shape, try operands.required(1).shape, try operands.required(2).shape]
    return WhereKernel(walk: BroadcastWalk(shapes, to: try operands.broadcastShape(0..<3)))
  }
}

private struct WhereKernel: MovingKernel {
  let walk: BroadcastWalk
  var movedInput: Int { 1 }

  func run<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ frame: inout Frame, _ bits: Bits.Type
  ) throws(OperatorError) {
    let condition = try frame.input(0).bits(of: UInt8.self)
    let a = try frame.input(1).bits(of: Bits.self), b = try frame.input(2).bits(of: Bits.self)
    let y = frame.outputs[0].bits(of: Bits.self)
    let (stepC, stepA, stepB) = (walk.innerSteps[0], walk.innerSteps[1], walk.innerSteps[2])
    walk.forEachLine { start, offsets in
      let (fromC, fromA, fromB) = (condition.from(offsets[0]), a.from(offsets[1]), b.from(offsets[2]))
      let to = y.from(start)
      for i in 0..<walk.innerCount { to[i] = fromC[i &* stepC] != 0 ? fromA[i &* stepA] : fromB[i &* stepB] }
    }
  }
}

/// [Max](https://onnx.ai/onnx/operators/onnx__Max.html), [Min](https://onnx.ai/onnx/operators/onnx__Min.html),
/// [Sum](https://onnx.ai/onnx/operators/onnx__Sum.html) and [Mean](https://onnx.ai/onnx/operators/onnx__Mean.html) of any
/// number of inputs that broadcast together. NaN wins.
private struct Fold<Rule: FoldRule>: Operator {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let type = try operands.number(0).type.elementType
    for index in 1..<max(operands.count, 1) { _ = try operands.required(index, like: 0) }
    return Outputs(TensorType(try operands.broadcastShape(0..<operands.count), type))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let shape = try operands.broadcastShape(0..<operands.count)
    var walks: [BroadcastWalk] = []
    for index in 0..<operands.count { walks.append(BroadcastWalk([try operands.required(index).shape], to: shape)) }
    return FoldKernel(operation: Rule.operation, walks: walks, count: shape.count)
  }
}

/// How many values make one.
private enum FoldOperation: Sendable {
  case larger, smaller, sum, mean
}

private protocol FoldRule: Sendable {
  static var operation: FoldOperation { get }
}

private enum LargerRule: FoldRule { static var operation: FoldOperation { .larger } }
private enum SmallerRule: FoldRule { static var operation: FoldOperation { .smaller } }
private enum SumOfAll: FoldRule { static var operation: FoldOperation { .sum } }
private enum MeanOfAll: FoldRule { static var operation: FoldOperation { .mean } }

/// Folds input by input. Beyond two, half-width floats are kept wide until the last is in.
private struct FoldKernel: NumberKernel {
  let operation: FoldOperation
  /// One per input.
  let walks: [BroadcastWalk]
  let count: Int

  var scratchByteCount: Int { isDirect ? 0 : count * MemoryLayout<Double>.stride }
  /// Whether no intermediate result is kept.
  private var isDirect: Bool { walks.count <= 2 && operation != .mean }

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    switch operation {
    case .larger: try fold(frame, type) { a, b in a > b || a.isNotANumber ? a : b }
    case .smaller: try fold(frame, type) { a, b in a < b || a.isNotANumber ? a : b }
    case .sum, .mean: try fold(frame, type) { a, b in Element.Work.wrappingSum(a, b) }
    }
  }

  @inline(__always)
  private func fold<Element: NumberElement>(
    _ frame: Frame, _ type: Element.Type, _ combine: (Element.Work, Element.Work) -> Element.Work
  ) throws(OperatorError) {
    let y = frame.outputs[0].values(of: Element.self)
    let partial = unsafe Elements(frame.scratch.assumingMemoryBound(to: Element.Work.self), count: count)
    for (index, walk) in walks.enumerated() {
      let x = try frame.input(index).values(of: Element.self), step = walk.innerSteps[0]
      walk.forEachLine { start, offsets in
        let from = x.from(offsets[0]), to = y.from(start), total = partial.from(isDirect ? 0 : start)
        switch (isDirect, index) {
        case (true, 0): for i in 0..<walk.innerCount { to[i] = from[i &* step] }
        case (true, _) where step == 1:
          for i in 0..<walk.innerCount { to[i] = Element(work: combine(to[i].work, from[i].work)) }
        case (true, _):
          for i in 0..<walk.innerCount { to[i] = Element(work: combine(to[i].work, from[i &* step].work)) }
        case (false, 0): for i in 0..<walk.innerCount { total[i] = from[i &* step].work }
        case (false, _): for i in 0..<walk.innerCount { total[i] = combine(total[i], from[i &* step].work) }
        }
      }
    }
    guard !isDirect else { return }
    let divisor = Element.Work(exactly: walks.count) ?? 1
    for i in y.indices {
      y[i] = Element(work: operation == .mean ? Element.Work.quotient(partial[i], divisor) : partial[i])
    }
  }
}
