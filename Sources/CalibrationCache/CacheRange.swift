/// A range of values, in the tensor's own unit.
///
/// Binary64, because some formats hold more digits than binary32 has; equality goes by bits, so that NaN equals itself.
package struct CacheRange: Sendable, Hashable {
  package var lower: Double
  package var upper: Double

  package init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// From `-amax` to `amax`.
  package init(amax: Double) { self.init(lower: -amax, upper: amax) }

  /// The greatest magnitude in the range; NaN where one of the bounds is.
  package var amax: Double {
    lower.isNaN || upper.isNaN ? .nan : max(lower.magnitude, upper.magnitude)
  }

  package var isSymmetric: Bool { lower == -upper }

  /// The smallest range that holds both.
  package func union(_ other: CacheRange) -> CacheRange {
    CacheRange(lower: min(lower, other.lower), upper: max(upper, other.upper))
  }

  package static func == (left: CacheRange, right: CacheRange) -> Bool {
    left.lower.bitPattern == right.lower.bitPattern && left.upper.bitPattern == right.upper.bitPattern
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(lower.bitPattern)
    hasher.combine(upper.bitPattern)
  }
}

/// Scales of symmetric INT8 and the magnitudes they belong to.
package enum CacheScale {
  /// `amax / 127` in binary32 arithmetic, as builders compute it.
  ///
  /// A number that is exactly 127 binary32 steps, as ``amax(forScale:)`` may give, is not rounded before the division.
  package static func scale(forAmax amax: Double) -> Float {
    let exact = Float(amax / 127)
    return Double(exact) * 127 == amax ? exact : Float(amax) / 127
  }

  /// A magnitude for which ``scale(forAmax:)`` gives back `scale`, bit for bit: one of binary32 where there is one,
  /// else the exact product. About one scale in 128 is no 127th part of any binary32 number.
  package static func amax(forScale scale: Float) -> Double {
    let product = Float(Double(scale) * 127)
    for candidate in [product, product.nextUp, product.nextDown] where candidate.isFinite && candidate / 127 == scale {
      return Double(candidate)
    }
    return Double(scale) * 127
  }
}
