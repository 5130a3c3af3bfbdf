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
    let steps = walk.innerSteps
    walk.forEachLine { start, offsets in
      for i in 0..<walk.innerCount {
        let isFirst = condition[offsets[0] &+ i &* steps[0]] != 0
        y[start &+ i] = isFirst ? a[offsets[1] &+ i &* steps[1]] : b[offsets[2] &+ i &* steps[2]]
      }
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
    return FoldKernel<Rule>(walks: walks)
  }
}

private protocol FoldRule: Sendable {
  static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number
  static var dividesByCount: Bool { get }
}

extension FoldRule {
  static var dividesByCount: Bool { false }
}

private enum LargerRule: FoldRule {
  @inline(__always) static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number {
    a > b || a.isNotANumber ? a : b
  }
}

private enum SmallerRule: FoldRule {
  @inline(__always) static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number {
    a < b || a.isNotANumber ? a : b
  }
}

private enum SumOfAll: FoldRule {
  @inline(__always) static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number {
    Number.wrappingSum(a, b)
  }
}

private enum MeanOfAll: FoldRule {
  @inline(__always) static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number {
    Number.wrappingSum(a, b)
  }
  static var dividesByCount: Bool { true }
}

/// Folds line by line, so that half-width floats are rounded once, when a line is stored.
private struct FoldKernel<Rule: FoldRule>: NumberKernel {
  /// One per input.
  let walks: [BroadcastWalk]

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let y = frame.outputs[0].values(of: Element.self)
    let isSingle = walks.count <= 2 && !Rule.dividesByCount
    // Beyond two inputs intermediate results are kept in the type of the computation.
    var partial = isSingle ? [] : [Element.Work](repeating: 0, count: y.count)
    for (index, walk) in walks.enumerated() {
      let x = try frame.input(index).values(of: Element.self), step = walk.innerSteps[0]
      walk.forEachLine { start, offsets in
        let from = x.from(offsets[0])
        for i in 0..<walk.innerCount {
          let value = from[i &* step].work
          if isSingle {
            y[start &+ i] = Element(work: index == 0 ? value : Rule.combine(y[start &+ i].work, value))
          } else {
            partial[start &+ i] = index == 0 ? value : Rule.combine(partial[start &+ i], value)
          }
        }
      }
    }
    guard !isSingle else { return }
    let count = Element.Work(exactly: walks.count) ?? 1
    for i in y.indices {
      y[i] = Element(work: Rule.dividesByCount ? Element.Work.quotient(partial[i], count) : partial[i])
    }
  }
}
