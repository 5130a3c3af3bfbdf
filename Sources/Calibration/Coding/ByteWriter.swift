/// Gathers bytes: fixed-width little-endian numbers and variable-length ones.
package struct ByteWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// - Parameter capacity: How many bytes will come: then room for all is made once.
  package init(capacity: Int) { bytes.reserveCapacity(capacity) }

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

  /// Likewise, the numbers of a list in runs without a 0: for each run how long it is, how many zeros stand before it, and
  /// its numbers. A run of length 0 ends the list.
  package mutating func runs<Count: FixedWidthInteger & SIMDScalar>(_ values: UnsafeBufferPointer<Count>) {
    // Each number takes ten bytes at most. A run takes twice that more, and a zero parts it from the next.
    let most = 16 * (values.count + 2)
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: most) { buffer in
      guard let start = buffer.baseAddress else { return }
      var end = unsafe start
      @inline(__always) func put(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
          unsafe end.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
          unsafe end += 1
          rest &>>= 7
        }
        unsafe end.pointee = UInt8(truncatingIfNeeded: rest)
        unsafe end += 1
      }
      var at = 0
      while true {
        let full = unsafe values.endOfZeros(from: at)
        var next = full
        while next < values.count, unsafe values[next] != 0 { next &+= 1 }
        put(UInt64(next &- full))
        if next == full { break }
        put(UInt64(full &- at))
        at = full
        while at < next {
          let taken = unsafe PackedCounts.write(values, from: at, below: next, to: &end)
          at &+= taken
          if taken == 0 {
            put(UInt64(unsafe values[at]))
            at &+= 1
          }
        }
      }
      unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: end - start))
    }
  }

  /// A place that may be missing, such as a sample's rank; not negative.
  package mutating func optional(_ value: Int?) { varied(value.map { UInt64($0) + 1 } ?? 0) }
}

extension UnsafeBufferPointer where Element: FixedWidthInteger {
  /// The first place from `start` on whose number is not 0; the end where there is none.
  fileprivate func endOfZeros(from start: Int) -> Int {
    var at = start
    // Most bins of a histogram are empty, but most runs of empty ones are short.
    while at < count, unsafe self[at] == 0 {
      at &+= 1
      while at & 7 == 0, at &+ 8 <= count {
        var any: Element = 0
        for offset in 0..<8 { unsafe any |= self[at &+ offset] }
        if any != 0 { break }
        at &+= 8
      }
    }
    return at
  }
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
    try unsafe withUnsafeMutablePointer(to: &value) { value throws(ByteFault) in
      try unsafe varied(into: UnsafeMutableBufferPointer(start: value, count: 1))
    }
    return value
  }

  /// As many numbers as `values` has room for.
  package mutating func varied(into values: UnsafeMutableBufferPointer<UInt64>) throws(ByteFault) {
    let start = bytes.startIndex
    var at = self.at - start
    let isWhole = unsafe bytes.withUnsafeBufferPointer { bytes in
      var place = 0
      while place < values.count {
        let taken = unsafe PackedCounts.read(bytes, &at, to: values, from: place)
        place &+= taken
        if taken > 0 { continue }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
          guard at < bytes.count else { return false }
          let byte = unsafe bytes[at]
          at &+= 1
          // Of the tenth byte one bit is left.
          guard shift < 63 || byte <= 1 else { return false }
          value |= UInt64(byte & 0x7f) &<< shift
          if byte < 0x80 { break }
          shift &+= 7
        }
        unsafe values[place] = value
        place &+= 1
      }
      return true
    }
    guard isWhole else { throw ByteFault() }
    self.at = at + start
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
