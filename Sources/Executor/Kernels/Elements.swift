import TensorCore

/// The elements of a tensor by position, in memory order. Positions are not checked in release builds.
///
/// Valid while the tensor's buffer lives: during a kernel's run for the tensors of its frame.
@safe
struct Elements<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  init(_ base: UnsafeMutablePointer<Element>, count: Int) {
    unsafe self.base = unsafe base
    self.count = count
  }

  @inline(__always) subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      return unsafe base[index]
    }
    nonmutating set {
      assert(index >= 0 && index < count)
      unsafe base[index] = newValue
    }
  }

  @inline(__always) var indices: Range<Int> { 0..<count }

  /// The elements from `start` on.
  @inline(__always) func from(_ start: Int) -> Elements { unsafe Elements(base + start, count: count - start) }

  func fill(_ value: Element) { unsafe base.update(repeating: value, count: count) }

  func copy(from source: Elements) { unsafe base.update(from: source.base, count: min(count, source.count)) }

  var array: [Element] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }
}

extension Tensor {
  /// The elements. The type must be the tensor's element type.
  @inline(__always)
  func values<Element: TensorElement>(of type: Element.Type = Element.self) -> Elements<Element> {
    precondition(elementType == Element.elementType, "the tensor holds \(elementType)")
    return unsafe Elements(base.assumingMemoryBound(to: Element.self), count: count)
  }

  /// The elements as bit patterns of as many bytes.
  @inline(__always)
  func bits<Bits: FixedWidthInteger & BitwiseCopyable>(of type: Bits.Type = Bits.self) -> Elements<Bits> {
    precondition(elementType.byteCount == MemoryLayout<Bits>.size, "the tensor holds \(elementType)")
    return unsafe Elements(base.assumingMemoryBound(to: Bits.self), count: count)
  }

  /// Copies the bytes of `source`, a tensor of as many, unless both are the same.
  func copyBytes(from source: Tensor) {
    guard !sharesStorage(with: source) else { return }
    unsafe base.copyMemory(from: source.base, byteCount: min(type.byteCount, source.type.byteCount))
  }
}
