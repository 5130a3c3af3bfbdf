import TensorCore

/// The lines of a tensor along one axis: `outer · inner` of them, each of `count` elements `inner` apart.
struct RowSpace: Sendable {
  let outer: Int
  let count: Int
  let inner: Int

  init(outer: Int, count: Int, inner: Int) {
    self.outer = outer
    self.count = count
    self.inner = inner
  }

  /// The lines along `axis`, counted from the front; a scalar is one line of one element.
  init(_ shape: Shape, axis: Int) {
    outer = shape.dimensions.prefix(axis).reduce(1, *)
    count = shape.rank == 0 ? 1 : shape[axis]
    inner = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
  }

  /// Where the line begins that lies at `inner` of the block `outer`.
  @inline(__always) func start(_ outer: Int, _ inner: Int) -> Int { outer &* count &* self.inner &+ inner }
}

/// The elements of one line.
@safe
struct Row<Element: BitwiseCopyable> {
  private let start: UnsafeMutablePointer<Element>
  let count: Int
  private let step: Int

  init(_ start: UnsafeMutablePointer<Element>, count: Int, step: Int) {
    unsafe self.start = unsafe start
    self.count = count
    self.step = step
  }

  /// The line of `elements` at `inner` of the block `outer`.
  @inline(__always)
  init(_ elements: Elements<Element>, _ rows: RowSpace, _ outer: Int, _ inner: Int) {
    unsafe self.init(elements.base + rows.start(outer, inner), count: rows.count, step: rows.inner)
  }

  @inline(__always) subscript(index: Int) -> Element {
    get { unsafe start[index &* step] }
    nonmutating set { unsafe start[index &* step] = newValue }
  }
}

extension Row where Element: Real {
  /// NaN where there is one.
  @inline(__always)
  func largest() -> Element {
    var largest = -Element.infinity
    for i in 0..<count {
      let x = self[i]
      if x > largest || x.isNaN { largest = x }
      if x.isNaN { break }
    }
    return largest
  }
}
