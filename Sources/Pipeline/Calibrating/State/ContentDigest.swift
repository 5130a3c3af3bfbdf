import TensorCore

/// A number that tells samples apart: equal bytes, added in equal parts, have equal ones, and of 10⁶ samples that differ
/// throughout two have the same one with a chance below 10⁻⁷. Nothing is proof against forgery here; that takes ten times as
/// long (``Digest``).
package struct ContentDigest {
  // Four chains, so that the next product need not wait for the last one.
  private var lanes: (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)
  private var count = 0

  package init() {}

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    count += bytes.count
    var start = 0
    while start &+ 32 <= bytes.count {
      add(
        unsafe bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self),
        unsafe bytes.loadUnaligned(fromByteOffset: start &+ 8, as: UInt64.self),
        unsafe bytes.loadUnaligned(fromByteOffset: start &+ 16, as: UInt64.self),
        unsafe bytes.loadUnaligned(fromByteOffset: start &+ 24, as: UInt64.self))
      start &+= 32
    }
    while start < bytes.count {
      unsafe add(UInt64(bytes[start]), 0, 0, 0)
      start &+= 1
    }
  }

  @inline(__always)
  private mutating func add(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
    lanes.0 = Self.mixed(lanes.0 ^ a)
    lanes.1 = Self.mixed(lanes.1 ^ b)
    lanes.2 = Self.mixed(lanes.2 ^ c)
    lanes.3 = Self.mixed(lanes.3 ^ d)
  }

  /// Both halves of a product, so that any bit of the word reaches those above and below it.
  @inline(__always)
  private static func mixed(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
    return product.high ^ product.low
  }

  package var value: UInt64 {
    var sum = UInt64(count)
    for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
      var generator = SplitMix64(seed: sum ^ lane)
      sum = generator.next()
    }
    return sum
  }
}
