/// Eight bytes of numbers of one length at a time: neighbouring counts of a histogram are of one order, and few are large.
enum PackedCounts {
  /// The top bit of each byte, and of each byte at an even place.
  private static let everyTop: UInt64 = 0x8080_8080_8080_8080
  private static let evenTop: UInt64 = 0x0080_0080_0080_0080

  /// Writes eight numbers of a byte each, or four of two bytes.
  ///
  /// - Parameter end: Where there is room for eight bytes; moved behind those written.
  /// - Returns: How many numbers were written; 0 where the next ones are neither.
  @inline(__always)
  static func write<Count: FixedWidthInteger & SIMDScalar>(
    _ values: UnsafeBufferPointer<Count>, from start: Int, below limit: Int, to end: inout UnsafeMutablePointer<UInt8>
  ) -> Int {
    guard start &+ 8 <= limit, let values = values.baseAddress else { return 0 }
    let source = unsafe UnsafeRawPointer(values + start)
    let four = unsafe source.loadUnaligned(as: SIMD4<Count>.self)
    let more = unsafe source.loadUnaligned(fromByteOffset: MemoryLayout<SIMD4<Count>>.size, as: SIMD4<Count>.self)
    let all = four | more
    if all[0] | all[1] | all[2] | all[3] < 1 << 7 {
      let bytes = SIMD8<UInt8>(truncatingIfNeeded: SIMD8<Count>(lowHalf: four, highHalf: more))
      unsafe UnsafeMutableRawPointer(end).storeBytes(of: bytes, as: SIMD8<UInt8>.self)
      unsafe end += 8
      return 8
    }
    let least = min(min(four[0], four[1]), min(four[2], four[3]))
    guard least >= 1 << 7, four[0] | four[1] | four[2] | four[3] < 1 << 14 else { return 0 }
    let words = SIMD4<UInt16>(truncatingIfNeeded: four)
    let spread = (words & 0x7f) | 0x80 | (words & 0x3f80) &<< 1
    unsafe UnsafeMutableRawPointer(end).storeBytes(of: spread, as: SIMD4<UInt16>.self)
    unsafe end += 8
    return 4
  }

  /// Reads what ``write(_:from:below:to:)`` wrote at once.
  ///
  /// - Parameters:
  ///   - at: Where to read; moved behind what was read.
  ///   - place: Where the numbers go in `values`.
  /// - Returns: How many numbers were read; 0 where the next eight bytes hold others, or there is no room for eight.
  @inline(__always)
  static func read(
    _ bytes: UnsafeBufferPointer<UInt8>, _ at: inout Int, to values: UnsafeMutableBufferPointer<UInt64>, from place: Int
  ) -> Int {
    guard at &+ 8 <= bytes.count, place &+ 8 <= values.count, let bytes = bytes.baseAddress,
      let values = values.baseAddress
    else { return 0 }
    let target = unsafe UnsafeMutableRawPointer(values + place)
    let word = unsafe UnsafeRawPointer(bytes + at).loadUnaligned(as: UInt64.self)
    let tops = word & everyTop
    if tops == 0 {
      let small = unsafe UnsafeRawPointer(bytes + at).loadUnaligned(as: SIMD8<UInt8>.self)
      let numbers = SIMD8<UInt64>(truncatingIfNeeded: small)
      unsafe target.storeBytes(of: numbers, as: SIMD8<UInt64>.self)
      at &+= 8
      return 8
    }
    guard tops == evenTop else { return 0 }
    let words = unsafe UnsafeRawPointer(bytes + at).loadUnaligned(as: SIMD4<UInt16>.self)
    let numbers = SIMD4<UInt64>(truncatingIfNeeded: (words & 0x7f) | (words &>> 1) & 0x3f80)
    unsafe target.storeBytes(of: numbers, as: SIMD4<UInt64>.self)
    at &+= 8
    return 4
  }
}
