import TensorCore

/// The header of a `.npy` file, versions 1 to 3
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
struct NPYHeader: Equatable {
  var elementType: ElementType
  var isBigEndian: Bool
  var isFortranOrder: Bool
  var shape: Shape
  /// Where the values begin.
  var dataOffset: Int

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  /// NumPy writes headers of a few hundred bytes.
  static let longest = 1 << 16

  /// Reads the header at the beginning of `region`.
  init(_ region: ByteRegion) throws(DataError) {
    let place = region.place
    guard region.count > 0 else { throw DataError(place, .empty) }
    let start = try region.bytes(at: 0, count: 12)
    guard start.starts(with: Self.magic) else {
      throw DataError(place, .unknownFormat(expected: "a .npy array", firstBytes: Array(start.prefix(6))))
    }
    guard start.count == 12, (1...3).contains(start[6]) else {
      let found = start.count > 6 ? "version \(start[6])" : "nothing"
      throw DataError(place, .malformed(format: ".npy", expected: "version 1, 2 or 3", found: found))
    }
    let textOffset = start[6] == 1 ? 10 : 12
    var length = Int(start[8]) | Int(start[9]) << 8
    if start[6] > 1 { length |= Int(start[10]) << 16 | Int(start[11]) << 24 }
    guard length <= Self.longest else {
      throw DataError(
        place, .tooLarge(what: "a .npy header", found: "\(length) bytes", limit: "\(Self.longest) bytes"))
    }
    let text = try region.bytes(at: textOffset, count: length)
    guard text.count == length else {
      throw DataError(
        place, .malformed(format: ".npy", expected: "a header of \(length) bytes", found: "\(text.count)"))
    }
    dataOffset = textOffset + length
    let fields = try PythonDictionary(text, place: place)
    guard let description = fields.strings["descr"] else {
      throw DataError(place, .malformed(format: ".npy", expected: "a plain element type 'descr'", found: "none"))
    }
    guard let (type, isBig) = Self.elementType(description) else {
      throw DataError(
        place,
        .unsupported(
          format: ".npy", found: "the element type '\(description)'", remedy: "convert it to float32 or an integer"))
    }
    guard let order = fields.truths["fortran_order"], let dimensions = fields.tuples["shape"] else {
      throw DataError(place, .malformed(format: ".npy", expected: "'fortran_order' and 'shape'", found: "neither"))
    }
    elementType = type
    isBigEndian = isBig
    isFortranOrder = order
    shape = Shape(dimensions)
  }

  /// The element type that NumPy describes as byte order, kind and size: `<f4`.
  private static func elementType(_ description: String) -> (ElementType, isBigEndian: Bool)? {
    guard let order = description.first, "<>|=".contains(order) else { return nil }
    let types: [String: ElementType] = [
      "f2": .float16, "f4": .float32, "f8": .float64, "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32,
      "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
    ]
    return types[String(description.dropFirst())].map { ($0, order == ">") }
  }
}

extension StoredArray {
  /// The array of the `.npy` file at `path`, which messages call `place`.
  package init(npyAt path: String, place: String) throws(DataError) {
    try self.init(npy: ByteRegion(openFile(path, place: place), place: place))
  }

  /// The array of a `.npy` file.
  init(npy region: ByteRegion) throws(DataError) {
    let header = try NPYHeader(region)
    try self.init(
      header.elementType, header.shape, isBigEndian: header.isBigEndian, isFortranOrder: header.isFortranOrder,
      in: region, at: header.dataOffset, format: ".npy")
  }
}
