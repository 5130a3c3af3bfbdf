/// A table of a FlatBuffers file, read with every offset checked.
///
/// A table starts with the signed distance back to its vtable: 16-bit numbers for the sizes of vtable and table, then
/// for each field its place in the table, 0 where it is absent. A string or list is reached over an unsigned distance
/// and starts with its length. All numbers are little endian. See https://flatbuffers.dev/internals/.
struct FlatTable {
  private let bytes: [UInt8]
  private let place: String
  private let position: Int
  private let vtable: Int
  private let vtableSize: Int

  static func root(of bytes: [UInt8], place: String) throws(CacheError) -> FlatTable {
    guard let distance = bytes.unsigned32(at: 0) else {
      throw .binary(place: place, offset: 0, expected: "a FlatBuffers file")
    }
    return try FlatTable(bytes, at: distance, place: place)
  }

  private init(_ bytes: [UInt8], at position: Int, place: String) throws(CacheError) {
    // Every number here is below 2^33, so that nothing overflows.
    guard let back = bytes.signed32(at: position), let size = bytes.unsigned16(at: position - back), size >= 4,
      position - back + size <= bytes.count
    else { throw .binary(place: place, offset: position, expected: "a table") }
    self.bytes = bytes
    self.place = place
    self.position = position
    vtable = position - back
    vtableSize = size
  }

  /// Where the content of a field starts; nil where the field is absent.
  private func target(_ field: Int) throws(CacheError) -> Int? {
    let slot = 4 + 2 * field
    guard slot + 2 <= vtableSize, let offset = bytes.unsigned16(at: vtable + slot), offset > 0 else { return nil }
    guard let distance = bytes.unsigned32(at: position + offset) else {
      throw .binary(place: place, offset: position + offset, expected: "a field")
    }
    return position + offset + distance
  }

  /// A field that is a string; empty where it is absent.
  func string(_ field: Int) throws(CacheError) -> String {
    guard let start = try target(field) else { return "" }
    guard let count = bytes.unsigned32(at: start), start + 4 + count <= bytes.count,
      let text = String(validating: bytes[(start + 4)..<(start + 4 + count)], as: UTF8.self)
    else { throw .binary(place: place, offset: start, expected: "text in UTF-8") }
    return text
  }

  /// A field that is a list of tables; empty where it is absent.
  func tables(_ field: Int) throws(CacheError) -> [FlatTable] {
    guard let start = try target(field) else { return [] }
    guard let count = bytes.unsigned32(at: start), start + 4 + 4 * count <= bytes.count else {
      throw .binary(place: place, offset: start, expected: "a list of tables")
    }
    var tables: [FlatTable] = []
    tables.reserveCapacity(count)
    for index in 0..<count {
      let slot = start + 4 + 4 * index
      guard let distance = bytes.unsigned32(at: slot) else {
        throw .binary(place: place, offset: slot, expected: "a table")
      }
      tables.append(try FlatTable(bytes, at: slot + distance, place: place))
    }
    return tables
  }
}

extension [UInt8] {
  /// Nil where the number does not lie within the array.
  fileprivate func unsigned16(at offset: Int) -> Int? {
    guard offset >= 0, offset <= count - 2 else { return nil }
    return Int(self[offset]) | Int(self[offset + 1]) << 8
  }

  fileprivate func unsigned32(at offset: Int) -> Int? {
    guard offset >= 0, offset <= count - 4 else { return nil }
    return (0..<4).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
  }

  fileprivate func signed32(at offset: Int) -> Int? {
    unsigned32(at: offset).map { Int(Int32(truncatingIfNeeded: $0)) }
  }
}
