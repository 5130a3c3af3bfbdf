/// A typed view of a region of a buffer: the values of one tensor.
///
/// Copying a tensor copies the view, not the values. Several tensors may show the same region, as a
/// reshaped tensor does with its source.
@safe
package struct Tensor: Sendable {
  package let type: TensorType
  @usableFromInline let buffer: TensorBuffer
  @usableFromInline let byteOffset: Int

  /// Shows the bytes of `buffer` that begin at `byteOffset` as a tensor of `type`.
  package init(type: TensorType, buffer: TensorBuffer, byteOffset: Int = 0) {
    precondition(
      byteOffset >= 0 && byteOffset + type.byteCount <= buffer.byteCount, "a tensor must lie inside its buffer")
    self.type = type
    self.buffer = buffer
    self.byteOffset = byteOffset
  }

  /// Allocates a tensor of `type`. Its values are undefined.
  package init(uninitialized type: TensorType) {
    self.init(type: type, buffer: TensorBuffer(byteCount: type.byteCount))
  }

  package var shape: Shape { type.shape }
  package var elementType: ElementType { type.elementType }

  /// How many elements there are.
  package var count: Int { type.shape.count }

  /// The first byte. It stays valid while a tensor of the same buffer lives.
  @inlinable package var base: UnsafeMutableRawPointer { unsafe buffer.base + byteOffset }

  /// The same values under another shape of as many elements.
  package func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.count == count, "a reshaped tensor must keep its number of elements")
    return Tensor(type: TensorType(shape, elementType), buffer: buffer, byteOffset: byteOffset)
  }

  /// Whether both tensors begin at the same byte of the same buffer.
  package func sharesStorage(with other: Tensor) -> Bool { buffer === other.buffer && byteOffset == other.byteOffset }
}

extension Tensor {
  /// The elements in memory order. The type must be the tensor's element type.
  @inlinable
  package func elements<Element: TensorElement>(as type: Element.Type = Element.self) -> UnsafeMutableBufferPointer<
    Element
  > {
    precondition(Element.elementType == elementType, "the tensor holds \(elementType), not \(Element.elementType)")
    return unsafe UnsafeMutableBufferPointer(start: base.assumingMemoryBound(to: Element.self), count: count)
  }

  /// A tensor that holds a copy of `values`.
  package init<Element: TensorElement>(_ values: [Element], shape: Shape) {
    precondition(values.count == shape.count, "\(values.count) values do not fill \(shape)")
    self.init(uninitialized: TensorType(shape, Element.elementType))
    _ = unsafe elements(as: Element.self).update(fromContentsOf: values)
  }

  /// A tensor without axes that holds one value.
  package init<Element: TensorElement>(scalar value: Element) { self.init([value], shape: []) }

  /// A copy of the elements in memory order. The type must be the tensor's element type.
  package func array<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
    unsafe Array(elements(as: Element.self))
  }

  /// Gives `body` the elements in memory order. The type must be the tensor's element type.
  @inlinable
  package func withElements<Element: TensorElement, Result, Failure: Error>(
    of type: Element.Type = Element.self, _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(elements(as: Element.self)))
    return try body(span)
  }

  /// The elements of an integer tensor as `Int`s, or nil where the elements are not integers or one does not fit.
  package var integers: [Int]? {
    switch elementType {
    case .int64: array(of: Int64.self).map(Int.init)
    case .int32: array(of: Int32.self).map(Int.init)
    case .int16: array(of: Int16.self).map(Int.init)
    case .int8: array(of: Int8.self).map(Int.init)
    case .uint64:
      array(of: UInt64.self).map { Int(exactly: $0) }.reduce(into: []) { all, next in
        if let next { all?.append(next) } else { all = nil }
      }
    case .uint32: array(of: UInt32.self).map(Int.init)
    case .uint16: array(of: UInt16.self).map(Int.init)
    case .uint8: array(of: UInt8.self).map(Int.init)
    default: nil
    }
  }
}
