import TensorCore

/// Adds in blocks: `block` terms in float32, then the sum so far and theirs, rounded to the narrow format.
struct BlockSum: Sendable {
  let arithmetic: NarrowArithmetic
  let block: Int

  /// The sum of `term(0)`, …, `term(count - 1)`.
  @inline(__always)
  func sum(_ count: Int, _ term: (Int) -> Float) -> Float {
    var total: Float = 0
    var i = 0
    while i < count {
      var part: Float = 0
      let end = min(i + block, count)
      while i < end {
        part += term(i)
        i += 1
      }
      total = arithmetic.rounded(total + part)
    }
    return total
  }

  /// `y[j] = Σ x(i) · w[i · width + j]` for `width` columns side by side, in blocks of `i`.
  ///
  /// - Parameter work: Room for `width` floats.
  @inline(__always)
  func products(
    _ count: Int, width: Int, _ x: (Int) -> Float, _ w: UnsafePointer<Float>, work: UnsafeMutablePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    unsafe y.update(repeating: 0, count: width)
    var i = 0
    while i < count {
      unsafe work.update(repeating: 0, count: width)
      let end = min(i + block, count)
      while i < end {
        let factor = x(i)
        let row = unsafe w + i &* width
        for j in 0..<width { unsafe work[j] += factor * row[j] }
        i += 1
      }
      for j in 0..<width { unsafe y[j] += work[j] }
      unsafe roundElements(
        of: y, to: arithmetic.format, flushing: arithmetic.flushesSubnormals, into: y, count: width)
    }
  }
}

extension NarrowArithmetic {
  /// The sum of `term(0)`, …, `term(count - 1)`, as this arithmetic adds: in float32 and not rounded at the end, or in
  /// narrow blocks.
  @inline(__always)
  func total(_ count: Int, _ term: (Int) -> Float) -> Float {
    if case .narrow(let block) = accumulation {
      return BlockSum(arithmetic: self, block: max(1, block)).sum(count, term)
    }
    var total: Float = 0
    for i in 0..<count { total += term(i) }
    return total
  }
}

/// ReduceSum and ReduceMean whose sums are added in narrow blocks.
struct BlockReduction: Kernel {
  let space: ReductionSpace
  let sum: BlockSum
  let isMean: Bool
  let scratchByteCount: Int

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let source = unsafe space.elements(of: x, scratch: frame.scratch)
    let rows = space.rows
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        let row = Row(source, rows, outer, inner)
        let total = sum.sum(row.count) { row[$0] }
        y[outer * rows.inner + inner] = isMean ? total / Float(row.count) : total
      }
    }
  }
}
