/// Where the bins of one sign lie in a table of counts.
///
/// A magnitude `m` belongs to step `t = ⌊m · scale⌋`. From step 128 on every step is a bin, at place `t + linear`;
/// below, every binade has 128 bins, and the place is the leading 16 bits of the magnitude plus `logarithmic`.
package struct BinPlaces: Sendable {
  /// A power of two.
  package let scale: Float
  package let linear: Int32
  package let logarithmic: Int32

  package init(scale: Float, linear: Int32, logarithmic: Int32) {
    self.scale = scale
    self.linear = linear
    self.logarithmic = logarithmic
  }

  /// The first step that is a bin of its own.
  package static let firstLinearStep: Int32 = 128
  /// By how much a magnitude's bits are shifted where bins are logarithmic.
  package static let logarithmicShift: Int32 = 16

  /// The place of a magnitude other than 0.
  @inline(__always)
  package func place(ofMagnitude bits: UInt32) -> UInt32 {
    let exact = Float(bitPattern: bits) * scale
    // Far above the bins, and for NaN, the step means nothing and must only not trap.
    let step = exact < 0x1p31 ? Int32(exact) : .max
    let place =
      step >= Self.firstLinearStep
      ? step &+ linear : Int32(truncatingIfNeeded: bits &>> UInt32(Self.logarithmicShift)) &+ logarithmic
    return UInt32(bitPattern: place)
  }
}

/// Finding the places of a block of values.
@safe
package struct BinTask {
  /// Places below this are for zeros: kernels may put them there instead of leaving them out.
  package static let zeroPlaces = 16

  package let values: UnsafePointer<Float>
  package let count: Int
  /// Nil where no value is expected to be negative: if one is, the scan's least value shows it, and the places mean
  /// nothing.
  package let negative: BinPlaces?
  package let positive: BinPlaces
  /// Room for `count` places and ``zeroPlaces`` more.
  package let places: UnsafeMutablePointer<UInt32>

  package init(
    values: UnsafePointer<Float>, count: Int, negative: BinPlaces?, positive: BinPlaces,
    places: UnsafeMutablePointer<UInt32>
  ) {
    unsafe self.values = values
    self.count = count
    self.negative = negative
    self.positive = positive
    unsafe self.places = places
  }
}

/// What one sweep over a block of values tells.
package struct BinScan: Sendable {
  /// The least and the greatest value, where none is NaN. Without values `lowest > highest`.
  package var lowest = Float.infinity
  package var highest = -Float.infinity
  /// The largest of all magnitudes' bits: tells whether there are infinities or NaN.
  package var greatestBits: UInt32 = 0
  /// The bits of the least magnitude other than 0 of each sign; the greatest of all numbers where there is none, and
  /// for negative values where none was expected.
  package var leastNegative = UInt32.max
  package var leastPositive = UInt32.max
  /// How many values are +0 or -0.
  package var zeros = 0
  /// How many places were written. They mean something only where every value other than 0 has a bin.
  package var placed = 0

  package init() {}

  package var isFinite: Bool { greatestBits < 0x7f80_0000 }
}
