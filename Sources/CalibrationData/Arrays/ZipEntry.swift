import CZlib
import TensorCore

/// A member of a zip archive, as the archive's central directory lists it.
struct ZipEntry {
  var name: String
  var isStored: Bool
  var checksum: UInt32
  var packedSize: Int
  var size: Int
  var headerOffset: Int

  /// The members of the archive in the order of its directory.
  static func all(in region: ByteRegion) throws(DataError) -> [ZipEntry] {
    let place = region.place
    guard region.count > 0 else { throw DataError(place, .empty) }
    // The end record is 22 bytes and a comment of at most 65,535.
    let tailStart = max(region.count - 22 - 65_535, 0)
    let tail = LittleEndianBytes(try region.bytes(at: tailStart, count: region.count - tailStart))
    guard let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: { tail.uint32($0) == 0x0605_4b50 })
    else {
      let start = try region.bytes(at: 0, count: 4)
      throw DataError(place, .unknownFormat(expected: "a whole zip archive (.npz)", firstBytes: start))
    }
    var count = tail.uint16(end + 10), size = tail.uint32(end + 12), offset = tail.uint32(end + 16)
    // Archives past 4 GB keep the true numbers in a record that a locator before the end record points at.
    if (offset == 0xffff_ffff || count == 0xffff) && end >= 20 && tail.uint32(end - 20) == 0x0706_4b50 {
      let large = LittleEndianBytes(try region.bytes(at: tail.int64(end - 20 + 8), count: 56))
      guard large.count == 56 && large.uint32(0) == 0x0606_4b50 else { throw damaged(place) }
      (count, size, offset) = (large.int64(32), large.int64(40), large.int64(48))
    }
    guard count >= 0 && size >= 0 && size <= region.count && offset >= 0 && offset <= region.count - size else {
      throw damaged(place)
    }
    let directory = LittleEndianBytes(try region.bytes(at: offset, count: size))
    var entries: [ZipEntry] = []
    var at = 0
    while entries.count < count {
      guard at + 46 <= directory.count && directory.uint32(at) == 0x0201_4b50 else { throw damaged(place) }
      let (entry, next) = try ZipEntry.read(directory, at: at, place: place)
      entries.append(entry)
      at = next
    }
    return entries
  }

  private static func read(_ bytes: LittleEndianBytes, at: Int, place: String) throws(DataError) -> (ZipEntry, Int) {
    let nameLength = bytes.uint16(at + 28), extraLength = bytes.uint16(at + 30)
    let next = at + 46 + nameLength + extraLength + bytes.uint16(at + 32)
    guard next <= bytes.count else { throw damaged(place) }
    let name = bytes.text(at + 46, count: nameLength)
    let method = bytes.uint16(at + 10)
    guard bytes.uint16(at + 8) & 1 == 0, method == 0 || method == 8 else {
      let found = "'\(name)', encrypted or packed by method \(method),"
      throw DataError(place, .unsupported(format: "zip", found: found, remedy: "use numpy.savez or savez_compressed"))
    }
    var entry = ZipEntry(
      name: name, isStored: method == 0, checksum: UInt32(truncatingIfNeeded: bytes.uint32(at + 16)),
      packedSize: bytes.uint32(at + 20), size: bytes.uint32(at + 24), headerOffset: bytes.uint32(at + 42))
    // Extra field 1 holds, in this order, those of the three numbers that do not fit 32 bits.
    var extra = at + 46 + nameLength
    while extra + 4 <= at + 46 + nameLength + extraLength {
      let length = bytes.uint16(extra + 2)
      if bytes.uint16(extra) == 1 {
        var field = extra + 4
        for number in [\ZipEntry.size, \.packedSize, \.headerOffset] where entry[keyPath: number] == 0xffff_ffff {
          guard field + 8 <= extra + 4 + length && field + 8 <= next else { throw damaged(place) }
          entry[keyPath: number] = bytes.int64(field)
          field += 8
        }
      }
      extra += 4 + length
    }
    guard entry.size >= 0 && entry.packedSize >= 0 && entry.headerOffset >= 0 else { throw damaged(place) }
    return (entry, next)
  }

  /// The member's bytes, unpacked and compared with their checksum where they are packed.
  func content(in archive: ByteRegion, place: String) throws(DataError) -> ByteRegion {
    // The header before the member repeats its name, and an extra field whose length only it knows.
    let header = LittleEndianBytes(try archive.bytes(at: headerOffset, count: 30))
    guard header.count == 30 && header.uint32(0) == 0x0403_4b50 else { throw Self.damaged(archive.place) }
    let start = headerOffset + 30 + header.uint16(26) + header.uint16(28)
    guard let packed = archive.part(at: start, count: packedSize, place: place), !isStored || size == packedSize else {
      throw Self.damaged(archive.place)
    }
    if isStored { return packed }
    let inflater = try Inflater(packed, .deflate)
    let buffer = try inflater.read(count: size)
    try inflater.expectEnd()
    guard unsafe crc32_z(0, buffer.base.assumingMemoryBound(to: UInt8.self), size) == UInt(checksum) else {
      throw DataError(place, .undecodable(format: "zip member", detail: "its checksum differs"))
    }
    return ByteRegion(buffer, place: place)
  }

  private static func damaged(_ place: String) -> DataError {
    DataError(place, .undecodable(format: "zip archive", detail: "its directory points outside"))
  }
}

/// Bytes that hold little-endian numbers. Positions past the end read as 0.
struct LittleEndianBytes {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  func uint16(_ at: Int) -> Int { number(at, size: 2) }
  func uint32(_ at: Int) -> Int { number(at, size: 4) }
  /// Negative where the unsigned number does not fit.
  func int64(_ at: Int) -> Int { number(at, size: 8) }

  func text(_ at: Int, count: Int) -> String { String(decoding: bytes[at..<at + count], as: UTF8.self) }

  private func number(_ at: Int, size: Int) -> Int {
    guard at >= 0 && at + size <= bytes.count else { return 0 }
    return (0..<size).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
  }
}
