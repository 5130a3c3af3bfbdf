import Glibc
import TensorCore

/// Operators that turn scores into a distribution.
let softmaxes: [OperatorEntry] = [
  OperatorEntry("Softmax", since: 1, Softmax.self),
  OperatorEntry("LogSoftmax", since: 1, LogSoftmax.self),
]

/// [Softmax](https://onnx.ai/onnx/operators/onnx__Softmax.html): `y = exp(x) / Σ exp(x)` along an axis.
///
/// Up to opset 12 the sum runs over `axis` and all axes behind it. A row that holds a NaN becomes NaN throughout.
private struct Softmax: Operator {
  let axis: SoftmaxAxis
  init(_ node: NodeReader) throws(OperatorError) { axis = try SoftmaxAxis(node) }
  var magnitudeBound: Float? { 1 }
  func outputs(for operands: Operands) throws(OperatorError) -> Outputs { try axis.outputs(for: operands) }
  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let rows = try axis.rows(of: operands)
    return RowKernel(rows: rows) { row in
      var total: Float = 0
      let largest = row.largest()
      for i in 0..<row.count {
        let e = expf(row[i] - largest)
        row[i] = e
        total += e
      }
      for i in 0..<row.count { row[i] /= total }
    }
  }
}

/// [LogSoftmax](https://onnx.ai/onnx/operators/onnx__LogSoftmax.html): the logarithm of ``Softmax``.
private struct LogSoftmax: Operator {
  let axis: SoftmaxAxis
  init(_ node: NodeReader) throws(OperatorError) { axis = try SoftmaxAxis(node) }
  func outputs(for operands: Operands) throws(OperatorError) -> Outputs { try axis.outputs(for: operands) }
  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let rows = try axis.rows(of: operands)
    return RowKernel(rows: rows) { row in
      var total: Float = 0
      let largest = row.largest()
      for i in 0..<row.count { total += expf(row[i] - largest) }
      let shift = largest + logf(total)
      for i in 0..<row.count { row[i] -= shift }
    }
  }
}

private struct SoftmaxAxis: Sendable {
  let axis: Int
  /// Whether the sum runs over all axes from ``axis`` on.
  let isFlattened: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    isFlattened = node.opset < 13
    axis = try node.int("axis", default: isFlattened ? 1 : -1)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    _ = try rows(of: operands)
    return Outputs(try operands.required(0, .float32).type, inPlace: 0)
  }

  func rows(of operands: Operands) throws(OperatorError) -> RowSpace {
    let shape = try operands.required(0, .float32).shape
    let axis = try normalizedAxis(self.axis, rank: shape.rank, node: operands.node, allowEnd: isFlattened)
    let behind = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let outer = shape.dimensions.prefix(axis).reduce(1, *)
    if isFlattened { return RowSpace(outer: outer, count: shape.dimensions.dropFirst(axis).reduce(1, *), inner: 1) }
    return RowSpace(outer: outer, count: shape.rank == 0 ? 1 : shape[axis], inner: behind)
  }
}

/// The lines of a tensor along one axis: `outer · inner` of them, each of `count` elements `inner` apart.
struct RowSpace: Sendable {
  let outer: Int
  let count: Int
  let inner: Int
}

/// The elements of one line.
@safe
struct Row {
  private let start: UnsafeMutablePointer<Float>
  let count: Int
  private let step: Int

  init(_ start: UnsafeMutablePointer<Float>, count: Int, step: Int) {
    unsafe self.start = unsafe start
    self.count = count
    self.step = step
  }

  subscript(index: Int) -> Float {
    @inline(__always) get { unsafe start[index &* step] }
    @inline(__always) nonmutating set { unsafe start[index &* step] = newValue }
  }

  /// NaN where there is one.
  @inline(__always)
  func largest() -> Float {
    var largest = -Float.infinity
    for i in 0..<count {
      let x = self[i]
      if x > largest || x.isNaN { largest = x }
      if x.isNaN { break }
    }
    return largest
  }
}

/// Copies the input and rewrites each line of the copy.
struct RowKernel: Kernel {
  let rows: RowSpace
  let rewrite: @Sendable (Row) -> Void

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    if !x.sharesStorage(with: y) { unsafe y.base.copyMemory(from: x.base, byteCount: x.type.byteCount) }
    guard let base = unsafe y.elements(as: Float.self).baseAddress else { return }
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        rewrite(unsafe Row(base + (outer * rows.count * rows.inner + inner), count: rows.count, step: rows.inner))
      }
    }
  }
}
