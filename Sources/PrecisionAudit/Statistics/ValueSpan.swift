import Foundation
package import TensorCore

/// Where the magnitudes of a tensor lie within a 16-bit format: counts by eighths of a binade, and what the format does
/// to them. Merging is addition, so the result does not depend on order or workers.
package struct ValueSpan: Sendable, Hashable {
  /// By the upper bits of the magnitude: eight exponent bits and three of the significand.
  private var bins: [UInt32]
  package private(set) var count = 0
  package private(set) var zeros = 0
  package private(set) var nonFinite = 0
  /// Finite magnitudes that round to infinity.
  package private(set) var overflows = 0
  /// Magnitudes besides zero that round to zero.
  package private(set) var vanished = 0
  /// Magnitudes that round to a subnormal number.
  package private(set) var subnormals = 0
  /// The largest finite magnitude; 0 where there is none.
  package private(set) var amax: Float = 0
  /// Whether every finite value so far was a whole number.
  package private(set) var isWhole = true
  package let format: NarrowFormat

  package init(_ format: NarrowFormat) {
    self.format = format
    bins = Array(repeating: 0, count: 2048)
  }

  package mutating func add(_ values: UnsafePointer<Float>, count: Int) {
    let overflow = format.overflow.bitPattern, normal = format.smallestNormal.bitPattern
    let vanishing = format.vanishing.bitPattern
    var top: UInt32 = 0, zeros = 0, odd = 0, over = 0, gone = 0, small = 0
    var whole = isWhole
    unsafe bins.withUnsafeMutableBufferPointer { bins in
      for i in 0..<count {
        let value = unsafe values[i]
        let magnitude = value.bitPattern & 0x7fff_ffff
        if magnitude == 0 {
          zeros &+= 1
          continue
        }
        if magnitude >= 0x7f80_0000 {
          odd &+= 1
          continue
        }
        unsafe bins[Int(magnitude &>> 20)] &+= 1
        if magnitude > top { top = magnitude }
        if magnitude >= overflow { over &+= 1 }
        if magnitude < normal { if magnitude <= vanishing { gone &+= 1 } else { small &+= 1 } }
        if whole { whole = value == value.rounded(.towardZero) }
      }
    }
    isWhole = whole
    self.count += count
    self.zeros += zeros
    nonFinite += odd
    overflows += over
    vanished += gone
    subnormals += small
    amax = max(amax, Float(bitPattern: top))
  }

  package mutating func merge(_ other: ValueSpan) {
    for i in bins.indices { bins[i] &+= other.bins[i] }
    count += other.count
    zeros += other.zeros
    nonFinite += other.nonFinite
    overflows += other.overflows
    vanished += other.vanished
    subnormals += other.subnormals
    amax = max(amax, other.amax)
    isWhole = isWhole && other.isWhole
  }

  /// The magnitude below which `share` of the values besides zero lie: the upper edge of its eighth of a binade, but not
  /// above ``amax``. 0 where there is none.
  package func quantile(_ share: Double) -> Float {
    let total = bins.reduce(0.0) { $0 + Double($1) }
    var seen = 0.0
    for (index, bin) in bins.enumerated() where bin > 0 {
      seen += Double(bin)
      if seen >= share * total { return min(Float(bitPattern: UInt32(index + 1) << 20), amax) }
    }
    return 0
  }

  /// The smallest magnitude besides zero, to an eighth of a binade; 0 where there is none.
  package var smallest: Float {
    bins.firstIndex { $0 > 0 }.map { Float(bitPattern: UInt32(max($0, 1)) << 20) } ?? 0
  }

  /// How often the largest magnitude can double before the format's largest number: negative past it; nil without values.
  package var headroom: Double? { headroom(amax) }
  /// Likewise for 99.99 % of the values.
  package var usualHeadroom: Double? { headroom(quantile(0.9999)) }

  private func headroom(_ magnitude: Float) -> Double? {
    magnitude > 0 ? Double(Float.log2(format.largest) - Float.log2(magnitude)) : nil
  }
}

extension Float {
  /// The binary logarithm of a positive finite number.
  fileprivate static func log2(_ value: Float) -> Float { Foundation.log2(value) }
}
