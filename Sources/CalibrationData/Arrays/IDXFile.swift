import TensorCore

extension StoredArray {
  /// The array of an IDX file, the format of MNIST, packed by gzip or not: two zero bytes, the element type, the number
  /// of axes, then the extents and the values, big-endian.
  init(idx file: ByteRegion) throws(DataError) {
    guard file.count > 0 else { throw DataError(file.place, .empty) }
    let start = try file.bytes(at: 0, count: 4)
    try self.init(idx: start.starts(with: [0x1f, 0x8b]) ? Self.unpacked(file) : file, checked: ())
  }

  private init(idx file: ByteRegion, checked: Void) throws(DataError) {
    let (type, dimensions) = try Self.idxHeader(file.bytes(at: 0, count: 4 + 4 * 255), place: file.place)
    try self.init(
      type, Shape(dimensions), isBigEndian: true, in: file, at: 4 + 4 * dimensions.count, format: "IDX")
  }

  private static func idxHeader(_ bytes: [UInt8], place: String) throws(DataError) -> (ElementType, [Int]) {
    let types: [UInt8: ElementType] = [
      0x08: .uint8, 0x09: .int8, 0x0b: .int16, 0x0c: .int32, 0x0d: .float32, 0x0e: .float64,
    ]
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, let type = types[bytes[2]], bytes[3] > 0 else {
      throw DataError(place, .unknownFormat(expected: "an IDX file", firstBytes: Array(bytes.prefix(4))))
    }
    let rank = Int(bytes[3])
    guard bytes.count >= 4 + 4 * rank else {
      throw DataError(
        place, .malformed(format: "IDX", expected: "\(rank) extents", found: "\(bytes.count) bytes in all"))
    }
    let dimensions = (0..<rank).map { axis in
      bytes[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) }
    }
    return (type, dimensions)
  }

  /// Unpacks a gzip file after its IDX header has told how long it is.
  private static func unpacked(_ file: ByteRegion) throws(DataError) -> ByteRegion {
    let peek = TensorBuffer(byteCount: 4 + 4 * 255)
    let got = try unsafe Inflater(file, .gzip).read(
      into: UnsafeMutableRawBufferPointer(start: peek.base, count: peek.byteCount))
    let start = unsafe [UInt8](UnsafeRawBufferPointer(start: peek.base, count: got))
    let (type, dimensions) = try idxHeader(start, place: file.place)
    guard let count = Shape(dimensions).checkedCount, count <= Inflater.limit else {
      let limit = "\(Inflater.limit) bytes"
      throw DataError(file.place, .tooLarge(what: "an array", found: "shape \(Shape(dimensions))", limit: limit))
    }
    let inflater = try Inflater(file, .gzip)
    let buffer = try inflater.read(count: 4 + 4 * dimensions.count + count * type.byteCount)
    try inflater.expectEnd()
    return ByteRegion(buffer, place: file.place)
  }
}
