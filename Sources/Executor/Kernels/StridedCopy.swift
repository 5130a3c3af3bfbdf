import TensorCore

/// Gathers elements that lie at regular distances into a dense row-major tensor.
///
/// Transpose, Slice and Expand are this with different strides.
struct StridedCopy: Sendable {
  private struct Axis {
    var extent: Int
    var stride: Int
  }

  private let outer: [Axis]
  private let inner: Axis
  private let outerCount: Int
  private let start: Int

  /// - Parameters:
  ///   - shape: The result's shape.
  ///   - strides: For each axis of the result, how many source elements apart two neighbours lie; may be 0 or negative.
  ///   - start: The source element that becomes the first.
  init(shape: Shape, strides: [Int], start: Int = 0) {
    var axes: [Axis] = []
    for (extent, stride) in zip(shape.dimensions, strides) where extent != 1 {
      if let last = axes.last, last.stride == stride * extent {
        axes[axes.count - 1] = Axis(extent: last.extent * extent, stride: stride)
      } else {
        axes.append(Axis(extent: extent, stride: stride))
      }
    }
    inner = axes.popLast() ?? Axis(extent: 1, stride: 1)
    outer = axes
    outerCount = axes.reduce(1) { $0 * $1.extent }
    self.start = start
  }

  /// Copies elements of `elementByteCount` bytes: 1, 2, 4 or 8.
  func run(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, elementByteCount: Int) {
    switch elementByteCount {
    case 1: unsafe copy(source, target, UInt8.self)
    case 2: unsafe copy(source, target, UInt16.self)
    case 4: unsafe copy(source, target, UInt32.self)
    default: unsafe copy(source, target, UInt64.self)
    }
  }

  @inline(__always)
  private func copy<Element>(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ type: Element.Type) {
    let source = unsafe source.assumingMemoryBound(to: Element.self) + start
    let target = unsafe target.assumingMemoryBound(to: Element.self)
    let count = inner.extent, step = inner.stride
    for index in 0..<outerCount {
      var rest = index, offset = 0
      for axis in outer.reversed() {
        let (quotient, position) = rest.quotientAndRemainder(dividingBy: axis.extent)
        offset &+= position &* axis.stride
        rest = quotient
      }
      let from = unsafe source + offset, to = unsafe target + index &* count
      if step == 1 {
        unsafe to.update(from: from, count: count)
      } else {
        for i in 0..<count { unsafe to[i] = from[i &* step] }
      }
    }
  }
}
