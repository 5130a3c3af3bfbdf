import TensorCore

/// Walks several tensors of different shapes together, line by line, by NumPy's rules; see ``BroadcastLoop`` for two.
struct BroadcastWalk: Sendable {
  private struct Axis {
    var extent: Int
    var steps: [Int]
  }

  private let outer: [Axis]
  private let outerCount: Int
  /// How many elements a line has.
  let innerCount: Int
  /// How far apart two neighbours of a line lie in each tensor; 0 where one value repeats.
  let innerSteps: [Int]

  /// Each of `shapes` must broadcast to `shape`.
  init(_ shapes: [Shape], to shape: Shape) {
    let steps = shapes.map { BroadcastWalk.steps(of: $0, in: shape) }
    var axes: [Axis] = []
    for axis in 0..<shape.rank where shape[axis] != 1 {
      let next = Axis(extent: shape[axis], steps: steps.map { $0[axis] })
      if let last = axes.last, zip(last.steps, next.steps).allSatisfy({ $0 == $1 * next.extent }) {
        axes[axes.count - 1] = Axis(extent: last.extent * next.extent, steps: next.steps)
      } else {
        axes.append(next)
      }
    }
    let inner = axes.popLast() ?? Axis(extent: 1, steps: shapes.map { _ in 0 })
    innerCount = inner.extent
    innerSteps = inner.steps
    outer = axes
    outerCount = axes.reduce(1) { $0 * $1.extent }
  }

  /// How far apart two neighbours along each axis of `result` lie in a tensor of `shape`.
  static func steps(of shape: Shape, in result: Shape) -> [Int] {
    let missing = result.rank - shape.rank, own = shape.strides
    return (0..<result.rank).map { $0 < missing || shape[$0 - missing] == 1 ? 0 : own[$0 - missing] }
  }

  /// Calls `body` with the position of each line's first element in the result, and in each tensor.
  @inline(__always)
  func forEachLine(_ body: (_ start: Int, _ offsets: [Int]) -> Void) {
    guard innerCount > 0 else { return }
    var offsets = [Int](repeating: 0, count: innerSteps.count)
    var place = [Int](repeating: 0, count: outer.count)
    for line in 0..<outerCount {
      body(line &* innerCount, offsets)
      // Counts up like an odometer.
      var axis = outer.count - 1
      while axis >= 0 {
        place[axis] += 1
        for i in offsets.indices { offsets[i] += outer[axis].steps[i] }
        if place[axis] < outer[axis].extent { break }
        for i in offsets.indices { offsets[i] -= outer[axis].steps[i] * outer[axis].extent }
        place[axis] = 0
        axis -= 1
      }
    }
  }
}
