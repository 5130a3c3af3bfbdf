import TensorCore

/// How a tensor falls into groups of elements that are reduced to one each.
struct ReductionSpace: Sendable {
  /// Puts the axes to be reduced behind the others; nil where they lie so that rows can be walked as they are.
  let transposition: StridedCopy?
  /// The rows to reduce, of the input or of its transposed copy.
  let rows: RowSpace

  /// - Parameter axes: Those to be reduced, counted from the front.
  init(_ shape: Shape, axes: [Int]) {
    struct Group {
      var extent: Int
      let isReduced: Bool
    }
    var groups: [Group] = []
    for axis in 0..<shape.rank where shape[axis] != 1 {
      let isReduced = axes.contains(axis)
      if let last = groups.last, last.isReduced == isReduced {
        groups[groups.count - 1].extent *= shape[axis]
      } else {
        groups.append(Group(extent: shape[axis], isReduced: isReduced))
      }
    }
    guard groups.filter(\.isReduced).count > 1 else {
      let place = groups.firstIndex(where: \.isReduced) ?? groups.count
      transposition = nil
      rows = RowSpace(
        outer: groups[..<place].reduce(1) { $0 * $1.extent }, count: place < groups.count ? groups[place].extent : 1,
        inner: groups[min(place + 1, groups.count)...].reduce(1) { $0 * $1.extent })
      return
    }
    let kept = (0..<shape.rank).filter { !axes.contains($0) }, reduced = (0..<shape.rank).filter(axes.contains)
    let order = kept + reduced, strides = shape.strides
    transposition = StridedCopy(shape: Shape(order.map { shape[$0] }), strides: order.map { strides[$0] })
    rows = RowSpace(
      outer: kept.reduce(1) { $0 * shape[$1] }, count: reduced.reduce(1) { $0 * shape[$1] }, inner: 1)
  }

  /// The rows' elements: the tensor's own, or a transposed copy in `scratch`.
  func elements<Element: BitwiseCopyable>(
    of x: Elements<Element>, scratch: UnsafeMutableRawPointer
  ) -> Elements<Element> {
    guard let transposition, x.count > 0 else { return x }
    unsafe transposition.run(from: x.base, to: scratch, elementByteCount: MemoryLayout<Element>.size)
    return unsafe Elements(scratch.assumingMemoryBound(to: Element.self), count: x.count)
  }

  func scratchByteCount(_ type: TensorType) -> Int { transposition == nil ? 0 : type.byteCount }
}
