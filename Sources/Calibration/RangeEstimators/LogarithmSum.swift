/// A sum of weighted logarithms to base 2, computed eight at a time.
///
/// The C library picks its logarithm by processor, with other last bits on some; this one uses only additions,
/// multiplications and divisions, so that every machine chooses the same threshold.
struct LogarithmSum {
  private var weights: [Double]
  private var arguments: [Double]
  private var count = 0

  /// - Parameter capacity: How many terms can be added.
  init(capacity: Int) {
    weights = Array(repeating: 0, count: (capacity + 7) & ~7)
    arguments = Array(repeating: 1, count: weights.count)
  }

  mutating func clear() { count = 0 }

  /// Adds `weight · log₂(argument)`; the argument must be a positive normal number.
  mutating func add(_ weight: Double, log2 argument: Double) {
    weights[count] = weight
    arguments[count] = argument
    count += 1
  }

  /// The sum of what was added since the last `clear`.
  mutating func sum() -> Double {
    var sums = SIMD8<Double>(repeating: 0)
    for term in count..<((count + 7) & ~7) {
      weights[term] = 0
      arguments[term] = 1
    }
    for first in stride(from: 0, to: count, by: 8) {
      var weight = SIMD8<Double>()
      var argument = SIMD8<Double>()
      for lane in 0..<8 {
        weight[lane] = weights[first + lane]
        argument[lane] = arguments[first + lane]
      }
      sums += weight * fastLog2(argument)
    }
    return sums.sum()
  }
}

/// The logarithm to base 2 of positive normal numbers, with an absolute error of about 1e-15 beside that of its rounding.
@inline(__always)
func fastLog2(_ x: SIMD8<Double>) -> SIMD8<Double> {
  typealias Bits = SIMD8<UInt64>
  // x = m · 2ᵏ with m in [√½, √2): subtracting the bits of √½ makes the exponent field step at that border.
  let rootHalf = Bits(repeating: 0x3fe6_a09e_667f_3bcd)
  let bits = unsafe unsafeBitCast(x, to: Bits.self)
  let moved = bits &- rootHalf &+ Bits(repeating: 1023 << 52)
  let mantissa = (moved & Bits(repeating: (1 << 52) - 1)) &+ rootHalf
  let m = unsafe unsafeBitCast(mantissa, to: SIMD8<Double>.self)
  // An integer below 2⁵² placed in the mantissa of 2⁵² is that number plus 2⁵².
  let exponent = (moved &>> Bits(repeating: 52)) | Bits(repeating: 0x4330_0000_0000_0000)
  let k = unsafe unsafeBitCast(exponent, to: SIMD8<Double>.self) - SIMD8(repeating: 0x1p52 + 1023)
  // ln m = 2·artanh(s) with |s| < 0.1716: ten terms of its series.
  let one = SIMD8<Double>(repeating: 1)
  let s = (m - one) / (m + one)
  let square = s * s
  var series = SIMD8<Double>(repeating: 1.0 / 19)
  for divisor in [17.0, 15, 13, 11, 9, 7, 5, 3, 1] {
    series = series * square + SIMD8(repeating: 1 / divisor)
  }
  return k + s * series * SIMD8(repeating: 2.885390081777926814719849362)
}

/// The logarithm to base 2 of a positive normal number.
func fastLog2(_ x: Double) -> Double { fastLog2(SIMD8<Double>(repeating: x))[0] }
