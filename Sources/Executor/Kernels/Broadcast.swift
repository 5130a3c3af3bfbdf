import TensorCore

/// How two tensors of different shapes are walked together, by NumPy's rules:
/// shapes are aligned at their last axis, and an extent of 1 repeats.
struct BroadcastLoop: Sendable {
  private struct Axis {
    var extent: Int
    var a: Int
    var b: Int
  }

  /// The axes outside the innermost loop, outermost first; neighbours that can be walked as one are merged.
  private let outer: [Axis]
  private let inner: Axis
  private let outerCount: Int

  /// - Returns: Nil where the shapes do not fit together.
  static func shape(_ a: Shape, _ b: Shape) -> Shape? {
    let rank = max(a.rank, b.rank)
    var result = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let x = axis < rank - a.rank ? 1 : a[axis - (rank - a.rank)]
      let y = axis < rank - b.rank ? 1 : b[axis - (rank - b.rank)]
      guard x == y || x == 1 || y == 1 else { return nil }
      result[axis] = x == 1 ? y : x
    }
    return Shape(result)
  }

  /// The shapes must fit together; see ``shape(_:_:)``.
  init(_ a: Shape, _ b: Shape) {
    let result = BroadcastLoop.shape(a, b) ?? []
    let left = BroadcastLoop.strides(of: a, in: result), right = BroadcastLoop.strides(of: b, in: result)
    var axes: [Axis] = []
    for axis in 0..<result.rank where result[axis] != 1 {
      let next = Axis(extent: result[axis], a: left[axis], b: right[axis])
      if let last = axes.last, last.a == next.a * next.extent, last.b == next.b * next.extent {
        axes[axes.count - 1] = Axis(extent: last.extent * next.extent, a: next.a, b: next.b)
      } else {
        axes.append(next)
      }
    }
    inner = axes.popLast() ?? Axis(extent: 1, a: 0, b: 0)
    outer = axes
    outerCount = axes.reduce(1) { $0 * $1.extent }
  }

  private static func strides(of shape: Shape, in result: Shape) -> [Int] {
    let missing = result.rank - shape.rank
    let own = shape.strides
    return (0..<result.rank).map { $0 < missing || shape[$0 - missing] == 1 ? 0 : own[$0 - missing] }
  }

  /// Writes `combine` of each pair to `result`, which holds as many elements as the broadcast shape.
  @inline(__always)
  func run<A, B, R>(
    _ a: UnsafePointer<A>, _ b: UnsafePointer<B>, into result: UnsafeMutablePointer<R>, _ combine: (A, B) -> R
  ) {
    let count = inner.extent
    for index in 0..<outerCount {
      var rest = index, offsetA = 0, offsetB = 0
      for axis in outer.reversed() {
        let (quotient, position) = rest.quotientAndRemainder(dividingBy: axis.extent)
        offsetA &+= position &* axis.a
        offsetB &+= position &* axis.b
        rest = quotient
      }
      let x = unsafe a + offsetA, y = unsafe b + offsetB, z = unsafe result + index &* count
      // An operand in whose place the result goes is read by the result's own pointer: of two that meet, the compiler knows
      // only that they overlap, and leaves vectors alone.
      if unsafe A.self == R.self && inner.a == 1 && UnsafeRawPointer(x) == UnsafeRawPointer(z) {
        let x = unsafe UnsafeRawPointer(z).assumingMemoryBound(to: A.self)
        if inner.b == 0 {
          let constant = unsafe y[0]
          for i in 0..<count { unsafe z[i] = combine(x[i], constant) }
        } else {
          for i in 0..<count { unsafe z[i] = combine(x[i], y[i &* inner.b]) }
        }
        continue
      }
      if unsafe B.self == R.self && inner.b == 1 && UnsafeRawPointer(y) == UnsafeRawPointer(z) {
        let y = unsafe UnsafeRawPointer(z).assumingMemoryBound(to: B.self)
        if inner.a == 0 {
          let constant = unsafe x[0]
          for i in 0..<count { unsafe z[i] = combine(constant, y[i]) }
        } else {
          for i in 0..<count { unsafe z[i] = combine(x[i &* inner.a], y[i]) }
        }
        continue
      }
      switch (inner.a, inner.b) {
      case (1, 1): for i in 0..<count { unsafe z[i] = combine(x[i], y[i]) }
      case (1, 0):
        let constant = unsafe y[0]
        for i in 0..<count { unsafe z[i] = combine(x[i], constant) }
      case (0, 1):
        let constant = unsafe x[0]
        for i in 0..<count { unsafe z[i] = combine(constant, y[i]) }
      default: for i in 0..<count { unsafe z[i] = combine(x[i &* inner.a], y[i &* inner.b]) }
      }
    }
  }
}
