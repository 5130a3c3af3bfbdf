import KernelInterface
import Kernels
import TensorCore

/// Operators that turn scores into a distribution.
let softmaxes: [OperatorEntry] = [
  OperatorEntry("Softmax", since: 1, Widened<AlongAxis<Softmax>>.self),
  OperatorEntry("LogSoftmax", since: 1, Widened<AlongAxis<LogSoftmax>>.self),
  OperatorEntry("Hardmax", since: 1, Widened<AlongAxis<Hardmax>>.self),
]

/// An operator that rewrites each line of a tensor along `axis`.
///
/// Up to opset 12 a line runs over `axis` and all axes behind it.
struct AlongAxis<Rule: LineRule>: Operator {
  let axis: Int
  let isFlattened: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    isFlattened = node.opset < 13
    axis = try node.int("axis", default: isFlattened ? 1 : -1)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    _ = try rows(of: operands)
    return Outputs(try operands.required(0, .float32, .float64).type, inPlace: 0)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    LineKernel(rewriting: Rule.rewriting, rows: try rows(of: operands))
  }

  var magnitudeBound: Float? { Rule.bound }

  func rows(of operands: Operands) throws(OperatorError) -> RowSpace {
    let shape = try operands.required(0).shape
    let axis = try normalizedAxis(self.axis, rank: shape.rank, node: operands.node, allowEnd: isFlattened)
    guard isFlattened else { return RowSpace(shape, axis: axis) }
    return RowSpace(
      outer: shape.dimensions.prefix(axis).reduce(1, *), count: shape.dimensions.dropFirst(axis).reduce(1, *), inner: 1)
  }
}

/// What is done with a line, where it lies.
protocol LineRule: Sendable {
  static func rewrite<Number: Real>(_ row: Row<Number>)
  static var rewriting: LineRewriting { get }
  /// The largest magnitude that a line can hold afterwards, where there is one.
  static var bound: Float? { get }
}

extension LineRule {
  static var bound: Float? { nil }
}

/// Names a ``LineRule``, for code that is not generic.
enum LineRewriting: Sendable {
  case softmax, logSoftmax, hardmax
}

/// Copies the input and rewrites each line of the copy.
///
/// It is no generic type: a kernel is called through `any Kernel`, and code that is reached so is not specialised for the
/// parameters of a generic type.
struct LineKernel: Kernel {
  let rewriting: LineRewriting
  let rows: RowSpace

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    y.copyBytes(from: x)
    if rewriting == .softmax, rows.inner == 1, y.elementType == .float32 {
      unsafe KernelLibrary.current.softmax(y.values(of: Float.self).base, rows.outer, rows.count)
      return
    }
    if y.elementType == .float64 { rewrite(y.values(of: Double.self)) } else { rewrite(y.values(of: Float.self)) }
  }

  @inline(__always)
  private func rewrite<Number: Real>(_ y: Elements<Number>) {
    switch rewriting {
    case .softmax: rewrite(y, Softmax.self)
    case .logSoftmax: rewrite(y, LogSoftmax.self)
    case .hardmax: rewrite(y, Hardmax.self)
    }
  }

  @inline(__always)
  private func rewrite<Number: Real, Rule: LineRule>(_ y: Elements<Number>, _ rule: Rule.Type) {
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner { Rule.rewrite(Row(y, rows, outer, inner)) }
    }
  }
}

/// [Softmax](https://onnx.ai/onnx/operators/onnx__Softmax.html): `y = exp(x) / Σ exp(x)` along an axis.
///
/// A line that holds a NaN becomes NaN throughout.
enum Softmax: LineRule {
  static var rewriting: LineRewriting { .softmax }
  static var bound: Float? { 1 }

  static func rewrite<Number: Real>(_ row: Row<Number>) {
    var total: Number = 0
    let largest = row.largest()
    for i in 0..<row.count {
      let e = Number.exp(row[i] - largest)
      row[i] = e
      total += e
    }
    for i in 0..<row.count { row[i] /= total }
  }
}

/// [LogSoftmax](https://onnx.ai/onnx/operators/onnx__LogSoftmax.html): the logarithm of ``Softmax``.
enum LogSoftmax: LineRule {
  static var rewriting: LineRewriting { .logSoftmax }
  static func rewrite<Number: Real>(_ row: Row<Number>) {
    var total: Number = 0
    let largest = row.largest()
    for i in 0..<row.count { total += Number.exp(row[i] - largest) }
    // The largest is taken off first, for the sum of both could cancel what is left.
    let shift = Number.log(total)
    for i in 0..<row.count { row[i] = row[i] - largest - shift }
  }
}

/// [Hardmax](https://onnx.ai/onnx/operators/onnx__Hardmax.html): 1 for the first of the largest along an axis, else 0.
enum Hardmax: LineRule {
  static var rewriting: LineRewriting { .hardmax }
  static var bound: Float? { 1 }

  static func rewrite<Number: Real>(_ row: Row<Number>) {
    let largest = row.largest()
    var isFound = false
    for i in 0..<row.count {
      let isFirst = !isFound && (row[i] == largest || (row[i].isNaN && largest.isNaN))
      row[i] = isFirst ? 1 : 0
      isFound = isFound || isFirst
    }
  }
}
