import TensorCore

/// Operators that find, sort or list values.
let searches: [OperatorEntry] = [
  OperatorEntry("NonZero", since: 9, NonZero.self),
  OperatorEntry("TopK", since: 1, TopK.self),
  OperatorEntry("Unique", since: 11, Unique.self),
]

/// [NonZero](https://onnx.ai/onnx/operators/onnx__NonZero.html): the positions of the elements that are not zero, one row per
/// axis, in row-major order. NaN is not zero.
private struct NonZero: Operator, Kernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    _ = try operands.required(0)
    return .dataDependent
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    let flags = x.converted(to: .bool).array(of: Bool.self)
    let places = flags.indices.filter { flags[$0] }
    let strides = x.shape.strides
    var rows: [Int64] = []
    rows.reserveCapacity(strides.count * places.count)
    for (axis, stride) in strides.enumerated() {
      for place in places { rows.append(Int64(place / stride % x.shape[axis])) }
    }
    frame.outputs = [Tensor(rows, shape: [strides.count, places.count])]
  }
}

/// [TopK](https://onnx.ai/onnx/operators/onnx__TopK.html): the `k` largest or smallest values along an axis, and where they
/// lie. Of equals the first comes first; NaN counts as the largest.
private struct TopK: Operator {
  let axis: Int
  let takesLargest: Bool
  let attribute: Int?

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: -1)
    takesLargest = try node.flag("largest", default: true)
    attribute = node.opset < 10 ? try node.int("k") : nil
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.number(0)
    let (rows, k) = try resolve(operands)
    guard k >= 0, k <= rows.count else {
      throw OperatorError(operands.node, .input(1, expected: "at most \(rows.count)", found: "\(k)"))
    }
    var shape = x.shape
    if shape.rank > 0 { shape[try normalizedAxis(axis, rank: shape.rank, node: operands.node)] = k }
    return Outputs(types: [TensorType(shape, x.type.elementType), TensorType(shape, .int64)])
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (rows, k) = try resolve(operands)
    return TopKKernel(rows: rows, k: k, takesLargest: takesLargest)
  }

  private func resolve(_ operands: Operands) throws(OperatorError) -> (RowSpace, Int) {
    let shape = try operands.required(0).shape
    let given = attribute == nil ? try operands.int(1) : attribute
    guard let k = given else { throw OperatorError(operands.node, .missingInput(1)) }
    return (RowSpace(shape, axis: try normalizedAxis(axis, rank: shape.rank, node: operands.node)), k)
  }
}

private struct TopKKernel: NumberKernel {
  let rows: RowSpace
  let k: Int
  let takesLargest: Bool

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self)
    let values = frame.outputs[0].values(of: Element.self)
    let places = frame.outputs.count > 1 ? frame.outputs[1].values(of: Int64.self) : nil
    let results = RowSpace(outer: rows.outer, count: k, inner: rows.inner)
    var order = Array(0..<rows.count)
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        let row = Row(x, rows, outer, inner)
        for i in order.indices { order[i] = i }
        order.sort { comes(row[$0].work, $0, before: row[$1].work, $1) }
        for i in 0..<k {
          let place = results.start(outer, inner) &+ i &* results.inner
          values[place] = row[order[i]]
          if let places { places[place] = Int64(order[i]) }
        }
      }
    }
  }

  @inline(__always)
  private func comes<Number: WorkNumber>(_ a: Number, _ i: Int, before b: Number, _ j: Int) -> Bool {
    if a.isNotANumber || b.isNotANumber {
      return a.isNotANumber && b.isNotANumber ? i < j : a.isNotANumber == takesLargest
    }
    return a == b ? i < j : takesLargest ? a > b : a < b
  }
}

/// [Unique](https://onnx.ai/onnx/operators/onnx__Unique.html): the distinct elements, or slices along `axis`, with where each is
/// first, which of them each element is, and how often each occurs.
private struct Unique: Operator, NumberKernel {
  let axis: Int?
  let isSorted: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis")
    isSorted = try node.flag("sorted", default: true)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.number(0)
    if let axis { _ = try normalizedAxis(axis, rank: x.shape.rank, node: operands.node) }
    return .dataDependent
  }

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0)
    let axis = try axis.map { axis throws(OperatorError) in
      try normalizedAxis(axis, rank: x.shape.rank, node: frame.node)
    }
    let rows = axis.map { RowSpace(x.shape, axis: $0) } ?? RowSpace(outer: 1, count: x.count, inner: 1)
    let values = x.values(of: Element.self)
    /// Compares two slices in row-major order.
    func order(_ a: Int, _ b: Int) -> (isLess: Bool, isEqual: Bool) {
      for outer in 0..<rows.outer {
        for inner in 0..<rows.inner {
          let start = rows.start(outer, inner)
          let left = values[start + a * rows.inner].work, right = values[start + b * rows.inner].work
          if left.isNotANumber || right.isNotANumber {
            if left.isNotANumber == right.isNotANumber { continue }
            return (right.isNotANumber, false)
          }
          if left != right { return (left < right, false) }
        }
      }
      return (false, true)
    }
    let sorted = Array(0..<rows.count).sorted {
      let result = order($0, $1)
      return result.isEqual ? $0 < $1 : result.isLess
    }
    // Groups of equal slices, each in order of position.
    var groups: [[Int]] = []
    for slice in sorted {
      if let last = groups.last?.first, order(last, slice).isEqual {
        groups[groups.count - 1].append(slice)
      } else {
        groups.append([slice])
      }
    }
    if !isSorted { groups.sort { $0[0] < $1[0] } }
    var inverse = [Int64](repeating: 0, count: rows.count)
    for (number, group) in groups.enumerated() { for slice in group { inverse[slice] = Int64(number) } }

    var shape: Shape = [groups.count]
    if let axis, x.shape.rank > 0 {
      shape = x.shape
      shape[axis] = groups.count
    }
    let y = Tensor(uninitialized: TensorType(shape, x.elementType))
    let target = y.values(of: Element.self)
    let results = RowSpace(outer: rows.outer, count: groups.count, inner: rows.inner)
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        for (number, group) in groups.enumerated() {
          target[results.start(outer, inner) + number * rows.inner] =
            values[rows.start(outer, inner) + group[0] * rows.inner]
        }
      }
    }
    frame.outputs = [
      y, Tensor(groups.map { Int64($0[0]) }, shape: [groups.count]), Tensor(inverse, shape: [rows.count]),
      Tensor(groups.map { Int64($0.count) }, shape: [groups.count]),
    ]
  }
}
