package import TensorCore

/// An array of numbers as a file holds it: type, extents, order and place of its bytes. The values are read when asked
/// for.
package struct StoredArray: Sendable {
  /// The type of the numbers in the file.
  package let elementType: ElementType
  package let shape: Shape
  /// How messages call the array.
  package let place: String
  let isBigEndian: Bool
  /// Whether the first axis varies fastest.
  let isFortranOrder: Bool
  let region: ByteRegion

  /// - Parameter region: Begins with the first number; bytes after the last one are ignored.
  /// - Throws: `malformed` where the region is too short for the shape, `tooLarge` where the shape overflows.
  init(
    _ elementType: ElementType, _ shape: Shape, isBigEndian: Bool = false, isFortranOrder: Bool = false,
    in file: ByteRegion, at offset: Int, format: String
  ) throws(DataError) {
    guard let count = shape.checkedCount,
      case let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount), !overflow
    else {
      throw DataError(file.place, .tooLarge(what: "an array", found: "shape \(shape)", limit: "2^63 bytes"))
    }
    guard let region = file.part(at: offset, count: byteCount, place: file.place) else {
      let expected = "\(byteCount) bytes of \(elementType) \(shape) at byte \(offset)"
      let found = "\(max(file.count - offset, 0)) bytes"
      throw DataError(file.place, .malformed(format: format, expected: expected, found: found))
    }
    self.elementType = elementType
    self.shape = shape
    self.isBigEndian = isBigEndian
    self.isFortranOrder = isFortranOrder && shape.rank > 1
    self.region = region
    place = file.place
  }

  /// How many bytes the array has in the file.
  var byteCount: Int { region.count }

  /// The array in memory, in row-major order and the machine's byte order.
  func materialised() throws(DataError) -> StoredArray {
    guard byteCount <= Inflater.limit else {
      throw DataError(
        place,
        .tooLarge(
          what: "an array in Fortran order", found: "\(byteCount) bytes", limit: "\(Inflater.limit) bytes"))
    }
    let source = TensorBuffer(byteCount: byteCount)
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: source.base, count: byteCount)
    try unsafe region.read(into: bytes, at: 0)
    if isBigEndian { unsafe swapBytes(bytes, width: elementType.byteCount) }
    let target = isFortranOrder ? TensorBuffer(byteCount: byteCount) : source
    if isFortranOrder {
      unsafe copyRowMajor(from: source.base, to: target.base, shape: shape, width: elementType.byteCount)
    }
    return try StoredArray(
      elementType, shape, in: ByteRegion(target, place: place), at: 0, format: "array")
  }

  /// The bytes of a run of elements, in the machine's byte order. Not for Fortran order.
  func readElements(from first: Int, count: Int, into target: UnsafeMutableRawBufferPointer) throws(DataError) {
    try unsafe region.read(into: target, at: first * elementType.byteCount)
    if isBigEndian { unsafe swapBytes(target, width: elementType.byteCount) }
  }

  /// All values. Floats become float32 (float64 rounded to nearest), integers and truth values stay what they are.
  package func tensor() throws(DataError) -> Tensor {
    let array = isFortranOrder ? try materialised() : self
    return try array.tensor(from: 0, shape: shape) { Tensor(uninitialized: $0) }
  }

  /// The values of `shape` that begin with element `first`. Not for Fortran order.
  func tensor(from first: Int, shape: Shape, make: (TensorType) -> Tensor) throws(DataError) -> Tensor {
    let count = shape.count
    switch elementType {
    case .float64:
      return try unsafe convert(from: first, shape, make) { unsafe Float($0.loadUnaligned(as: Double.self)) }
    case .float16:
      return try unsafe convert(from: first, shape, make) { unsafe Float($0.loadUnaligned(as: Float16.self)) }
    default:
      let tensor = make(TensorType(shape, elementType))
      let width = elementType.byteCount
      let bytes = unsafe UnsafeMutableRawBufferPointer(start: tensor.base, count: count * width)
      try unsafe readElements(from: first, count: count, into: bytes)
      // Any byte but 0 means true in a file, while Swift's Bool is 0 or 1.
      if elementType == .bool { for index in bytes.indices { unsafe bytes[index] = bytes[index] == 0 ? 0 : 1 } }
      return tensor
    }
  }

  private func convert(
    from first: Int, _ shape: Shape, _ make: (TensorType) -> Tensor, _ value: (UnsafeRawPointer) -> Float
  ) throws(DataError) -> Tensor {
    let width = elementType.byteCount, count = shape.count
    let raw = ByteBuffer(capacity: count * width)
    raw.resize(to: count * width)
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: raw.base, count: count * width)
    try unsafe readElements(from: first, count: count, into: bytes)
    let tensor = make(TensorType(shape, .float32))
    let target = unsafe tensor.elements(as: Float.self)
    for index in 0..<count { unsafe target[index] = value(UnsafeRawPointer(raw.base + index * width)) }
    return tensor
  }
}
