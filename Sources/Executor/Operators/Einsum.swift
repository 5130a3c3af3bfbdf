import TensorCore

/// Operators that sum products over named axes, and of square matrices.
let tensorAlgebra: [OperatorEntry] = [
  OperatorEntry("Einsum", since: 12, Widened<Einsum>.self),
  OperatorEntry("Det", since: 11, Widened<Determinant>.self),
]

/// [Einsum](https://onnx.ai/onnx/operators/onnx__Einsum.html): Einstein's summation over axes that an equation names.
///
/// Two float32 inputs whose axes fall into batch, rows, columns and sums are multiplied as matrices; everything else is
/// summed by the definition.
struct Einsum: Operator {
  let equation: EinsumEquation

  init(_ node: NodeReader) throws(OperatorError) {
    guard let text = try node.string("equation") else { throw OperatorError(node.label, .missingAttribute("equation")) }
    guard let equation = EinsumEquation(text) else {
      throw OperatorError(node.label, .attribute("equation", expected: "letters, commas and '->'", found: "'\(text)'"))
    }
    self.equation = equation
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let labels = try labels(operands)
    return Outputs(TensorType(labels.outputShape, try operands.number(0).type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let labels = try labels(operands)
    if try operands.required(0).type.elementType == .float32, let product = EinsumProduct(labels) { return product }
    return EinsumKernel(labels: labels)
  }

  private func labels(_ operands: Operands) throws(OperatorError) -> EinsumLabels {
    var shapes: [Shape] = []
    for index in 0..<operands.count { shapes.append(try operands.required(index, like: 0).shape) }
    guard let labels = EinsumLabels(equation, shapes) else {
      throw OperatorError(
        operands.node,
        .shape(
          expected: "shapes that fit the equation '\(equation.text)'",
          found: "\(shapes.map(\.description).joined(separator: ", "))"))
    }
    return labels
  }
}

/// The sum by its definition: every combination of the axes' positions.
private struct EinsumKernel: NumberKernel {
  let labels: EinsumLabels

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    var inputs: [Elements<Element>] = []
    for index in frame.inputs.indices { inputs.append(try frame.input(index).values(of: Element.self)) }
    let y = frame.outputs[0].values(of: Element.self)
    let outer = labels.output.map { labels.extents[$0] }, inner = labels.summed.map { labels.extents[$0] }
    let outerSteps = inputs.indices.map { input in labels.output.map { labels.step(of: $0, input: input) } }
    let innerSteps = inputs.indices.map { input in labels.summed.map { labels.step(of: $0, input: input) } }
    let terms = inner.reduce(1, *)
    for place in y.indices {
      let starts = outerSteps.map { EinsumKernel.offset(place, outer, $0) }
      var total: Element.Work = 0
      for term in 0..<terms {
        var product: Element.Work = 1
        for input in inputs.indices {
          let at = starts[input] + EinsumKernel.offset(term, inner, innerSteps[input])
          product = Element.Work.wrappingProduct(product, inputs[input][at].work)
        }
        total = Element.Work.wrappingSum(total, product)
      }
      y[place] = Element(work: total)
    }
  }

  private static func offset(_ index: Int, _ extents: [Int], _ steps: [Int]) -> Int {
    var rest = index, offset = 0
    for axis in stride(from: extents.count - 1, through: 0, by: -1) {
      offset += rest % extents[axis] * steps[axis]
      rest /= extents[axis]
    }
    return offset
  }
}

/// Two inputs as batches of matrices.
private struct EinsumProduct: Kernel {
  private let copies: [StridedCopy]
  private let result: StridedCopy
  private let batch: Int
  private let m: Int
  private let n: Int
  private let k: Int

  /// Nil where an axis stands in one input only and is summed, or the sum has other than two inputs.
  init?(_ labels: EinsumLabels) {
    guard labels.inputs.count == 2, labels.inputs.allSatisfy({ Set($0).count == $0.count }) else { return nil }
    let a = labels.inputs[0], b = labels.inputs[1]
    guard labels.summed.allSatisfy({ a.contains($0) && b.contains($0) }),
      // An extent of 1 that repeats has no place in a matrix.
      (0..<2).allSatisfy({ input in
        labels.inputs[input].allSatisfy { labels.step(of: $0, input: input) != 0 || labels.extents[$0] == 1 }
      })
    else { return nil }
    let shared = labels.output.filter { a.contains($0) && b.contains($0) }
    let rows = labels.output.filter { a.contains($0) && !b.contains($0) }
    let columns = labels.output.filter { !a.contains($0) && b.contains($0) }
    func extent(_ list: [Int]) -> Int { list.reduce(1) { $0 * labels.extents[$1] } }
    (batch, m, n, k) = (extent(shared), extent(rows), extent(columns), extent(labels.summed))
    let orders = [shared + rows + labels.summed, shared + labels.summed + columns]
    copies = orders.enumerated().map { input, order in
      StridedCopy(
        shape: Shape(order.map { labels.extents[$0] }), strides: order.map { labels.step(of: $0, input: input) })
    }
    // Where each axis of the result lies in the product.
    let order = shared + rows + columns
    let strides = Shape(order.map { labels.extents[$0] }).strides
    result = StridedCopy(
      shape: labels.outputShape,
      strides: labels.output.map { label in order.firstIndex(of: label).map { strides[$0] } ?? 0 })
  }

  var scratchByteCount: Int { batch * (m * k + k * n + m * n) * MemoryLayout<Float>.stride }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let y = frame.outputs[0]
    guard y.count > 0 else { return }
    let a = unsafe frame.scratch.assumingMemoryBound(to: Float.self)
    let b = unsafe a + batch * m * k, c = unsafe b + batch * k * n
    if k > 0 {
      unsafe copies[0].run(from: try frame.input(0).base, to: a, elementByteCount: 4)
      unsafe copies[1].run(from: try frame.input(1).base, to: b, elementByteCount: 4)
    }
    for item in 0..<batch {
      unsafe gemm(
        m: m, n: n, k: k, a + item * m * k, leadingA: k, b + item * k * n, leadingB: n, beta: 0, c + item * m * n,
        leadingC: n)
    }
    unsafe result.run(from: c, to: y.base, elementByteCount: 4)
  }
}

/// [Det](https://onnx.ai/onnx/operators/onnx__Det.html): the determinant of the matrices in the last two axes.
struct Determinant: Operator, Kernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32).shape
    guard x.rank >= 2, x[x.rank - 1] == x[x.rank - 2] else {
      throw OperatorError(operands.node, .input(0, expected: "square matrices", found: "\(x)"))
    }
    return Outputs(TensorType(Shape(Array(x.dimensions.dropLast(2)))))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0].values(of: Float.self)
    let n = x.shape[x.shape.rank - 1]
    for item in y.indices {
      var matrix = (0..<(n * n)).map { Double(x.values(of: Float.self)[item * n * n + $0]) }
      y[item] = Float(Determinant.eliminate(&matrix, n))
    }
  }

  /// The product of the pivots of Gaussian elimination.
  private static func eliminate(_ a: inout [Double], _ n: Int) -> Double {
    var determinant = 1.0
    for column in 0..<n {
      guard let pivot = (column..<n).max(by: { abs(a[$0 * n + column]) < abs(a[$1 * n + column]) }),
        a[pivot * n + column] != 0
      else { return 0 }
      if pivot != column {
        for i in 0..<n { a.swapAt(pivot * n + i, column * n + i) }
        determinant = -determinant
      }
      determinant *= a[column * n + column]
      for row in (column + 1)..<max(n, column + 1) {
        let factor = a[row * n + column] / a[column * n + column]
        for i in column..<n { a[row * n + i] -= factor * a[column * n + i] }
      }
    }
    return determinant
  }
}
