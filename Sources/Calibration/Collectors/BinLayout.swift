import KernelInterface

/// Which magnitudes the bins of one sign stand for.
///
/// The bins form two parts. The upper part is linear: with `w` a power of two so chosen that the largest
/// magnitude lies in `[2¹⁴, 2¹⁵)·w`, there is one bin of width `w` for each of `[128, 2¹⁵)·w`. The lower part is
/// logarithmic: below `128·w` each binade has 128 bins, so that a single huge value does not erase the rest.
/// The lowest linear binade `[128, 256)·w` has 128 bins too. Therefore doubling `w` merges the linear bins in pairs
/// and makes the lowest linear binade the highest logarithmic one: every bin of a layout lies inside one bin of any
/// layout of larger magnitudes. Counts may be moved to such a layout at any time, in any order, without loss.
struct BinLayout: Sendable, Hashable {
  /// The linear part divides `[0, 2ᵉ)`, the range that just holds the largest magnitude, into two to this power.
  static let linearBits = 15
  /// Each logarithmic binade has two to this power bins.
  static let logBits = 7
  static let binsPerBinade = 1 << logBits
  static let linearCount = (1 << linearBits) - binsPerBinade
  static let linearBinades = linearBits - logBits

  /// The biased exponent of the largest magnitude that has a bin.
  let top: Int
  /// The biased exponent of the lowest binade that has bins; binade 0 holds the subnormal numbers.
  let low: Int

  /// A layout for magnitudes whose biased exponents range over `exponents`, and perhaps for some more.
  ///
  /// It depends on nothing else, so that equal data get equal layouts.
  init(holding exponents: ClosedRange<Int>) {
    // The linear part must not reach into the subnormal numbers, whose mantissas are scaled differently.
    top = max(exponents.upperBound, Self.linearBinades)
    let start = top - Self.linearBinades + 1
    // Eight binades at a time, so that a table seldom grows.
    low = exponents.lowerBound < start ? exponents.lowerBound & ~7 : start
  }

  /// The biased exponent of the lowest linear binade.
  var linearStart: Int { top - Self.linearBinades + 1 }
  /// How many bins the logarithmic part has.
  var logCount: Int { (linearStart - low) << Self.logBits }
  /// How many bins there are.
  var count: Int { logCount + Self.linearCount }
  /// The width of a linear bin.
  var width: Double { Double(sign: .plus, exponent: top - 126 - Self.linearBits, significand: 1) }

  /// The bits of the least magnitude that has a bin.
  var leastBits: UInt32 { UInt32(low) << 23 }

  /// How many bits of the mantissa tell the bins of a binade apart.
  func mantissaBits(exponent: Int) -> Int { Self.logBits + max(0, exponent - linearStart) }

  /// The first bin of a binade that has bins.
  func firstBin(exponent: Int) -> Int {
    if exponent < linearStart { return (exponent - low) << Self.logBits }
    return logCount + (1 << mantissaBits(exponent: exponent)) - Self.binsPerBinade
  }

  /// The bin of the magnitude with the bit pattern `bits`, whose exponent must lie in `low...top`.
  func bin(ofMagnitude bits: UInt32) -> Int {
    let exponent = Int(bits >> 23)
    return firstBin(exponent: exponent) + Int((bits & 0x7f_ffff) >> UInt32(23 - mantissaBits(exponent: exponent)))
  }

  /// The bit pattern of the least magnitude in `bin`.
  func lowerBits(ofBin bin: Int) -> UInt32 {
    if bin < logCount { return UInt32(low << Self.logBits + bin) << UInt32(23 - Self.logBits) }
    let step = bin - logCount + Self.binsPerBinade
    let power = Int.bitWidth - 1 - step.leadingZeroBitCount
    let mantissa = UInt32(step - 1 << power) << UInt32(23 - power)
    return UInt32(linearStart + power - Self.logBits) << 23 | mantissa
  }

  /// The biased exponent of the magnitudes in `bin`.
  func exponent(ofBin bin: Int) -> Int { Int(lowerBits(ofBin: bin) >> 23) }

  /// The least magnitude in `bin`; for `bin == count` the end of the last bin.
  func edge(_ bin: Int) -> Double {
    if bin < logCount { return Double(Float(bitPattern: lowerBits(ofBin: bin))) }
    return Double(bin - logCount + Self.binsPerBinade) * width
  }
}

extension BinLayout {
  /// Adds the counts in the bins of this layout to those of another one that holds its magnitudes.
  ///
  /// - Parameters:
  ///   - counts: As many as this layout has bins.
  ///   - weight: What each of them stands for.
  ///   - sums: As many as `target` has bins.
  @inline(__always)
  func add<Count: FixedWidthInteger, Sum: FixedWidthInteger>(
    _ counts: UnsafeBufferPointer<Count>, of weight: Sum, to sums: UnsafeMutableBufferPointer<Sum>,
    of target: BinLayout
  ) {
    guard let source = counts.baseAddress, let sink = sums.baseAddress else { return }
    // Binades that only one of the two has are empty in this one; there may be no others.
    let first = max(low, target.low)
    for exponent in first..<max(first, min(top, target.top) + 1) {
      let bits = mantissaBits(exponent: exponent)
      let merged = bits - target.mantissaBits(exponent: exponent)
      let from = unsafe source + firstBin(exponent: exponent)
      let to = unsafe sink + target.firstBin(exponent: exponent)
      // Without the shift the compiler adds many at a time, and faster yet without the product.
      if merged == 0 && weight == 1 {
        for step in 0..<(1 << bits) { unsafe to[step] &+= Sum(truncatingIfNeeded: from[step]) }
        continue
      }
      if merged == 0 {
        for step in 0..<(1 << bits) { unsafe to[step] &+= Sum(truncatingIfNeeded: from[step]) &* weight }
        continue
      }
      for step in 0..<(1 << bits) {
        unsafe to[step &>> merged] &+= Sum(truncatingIfNeeded: from[step]) &* weight
      }
    }
  }
}

extension BinLayout {
  /// Where kernels find these bins in a table in which they begin at `start`; nil where the step is too small for a
  /// float to hold its inverse.
  func places(from start: Int) -> BinPlaces? {
    let scale = Float(1 / width)
    guard scale.isFinite else { return nil }
    return BinPlaces(
      scale: scale, linear: Int32(start + logCount - Self.binsPerBinade),
      logarithmic: Int32(start - low << Self.logBits))
  }
}
