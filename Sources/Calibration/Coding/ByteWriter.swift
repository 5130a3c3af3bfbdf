/// Gathers bytes: fixed-width little-endian numbers and variable-length ones.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func byte(_ value: UInt8) { bytes.append(value) }

  package mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  package mutating func word32(_ value: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) as StrideTo<UInt32> {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  package mutating func word64(_ value: UInt64) {
    word32(UInt32(truncatingIfNeeded: value))
    word32(UInt32(truncatingIfNeeded: value >> 32))
  }

  /// Seven bits to a byte, the lowest first; the top bit says that more follow.
  package mutating func varied(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Likewise, many.
  package mutating func varied(_ values: ArraySlice<UInt64>) {
    // Most are small: room for all is made once, and each written where it belongs.
    let most = (UInt64.bitWidth + 6) / 7
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: values.count * most) { buffer in
      var end = 0
      for value in values {
        var rest = value
        while rest >= 0x80 {
          unsafe buffer[end] = UInt8(truncatingIfNeeded: rest) | 0x80
          end &+= 1
          rest >>= 7
        }
        unsafe buffer[end] = UInt8(truncatingIfNeeded: rest)
        end &+= 1
      }
      unsafe bytes.append(contentsOf: buffer[..<end])
    }
  }

  /// A place that may be missing, such as a sample's rank; not negative.
  package mutating func optional(_ value: Int?) { varied(value.map { UInt64($0) + 1 } ?? 0) }
}

/// Bytes that do not hold what was written.
package struct ByteFault: Error, Equatable {
  package init() {}
}

/// Reads what ``ByteWriter`` wrote; never beyond the end.
package struct ByteReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private var at: Int

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    at = bytes.startIndex
  }

  package var isAtEnd: Bool { at == bytes.endIndex }
  package var remaining: Int { bytes.endIndex - at }

  package mutating func byte() throws(ByteFault) -> UInt8 {
    guard at < bytes.endIndex else { throw ByteFault() }
    at += 1
    return bytes[at - 1]
  }

  package mutating func slice(_ count: Int) throws(ByteFault) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw ByteFault() }
    at += count
    return bytes[at - count..<at]
  }

  package mutating func word32() throws(ByteFault) -> UInt32 {
    var value: UInt32 = 0
    for (place, byte) in try slice(4).enumerated() { value |= UInt32(byte) << UInt32(8 * place) }
    return value
  }

  package mutating func word64() throws(ByteFault) -> UInt64 {
    let low = try word32()
    return UInt64(try word32()) << 32 | UInt64(low)
  }

  package mutating func varied() throws(ByteFault) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) as StrideTo<UInt64> {
      let byte = try byte()
      guard shift < 63 || byte <= 1 else { throw ByteFault() }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw ByteFault()
  }

  /// A number below 2⁵⁶, so that sums of a few stay within `Int`.
  package mutating func count() throws(ByteFault) -> Int {
    let value = try varied()
    guard value < 1 << 56 else { throw ByteFault() }
    return Int(value)
  }

  package mutating func optional() throws(ByteFault) -> Int? {
    let value = try count()
    return value == 0 ? nil : value - 1
  }
}
