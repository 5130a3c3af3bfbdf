/// A sum of weighted logarithms to base 2, computed several at a time.
///
/// The C library picks its logarithm by processor, with other last bits on some; this one uses only additions,
/// multiplications and divisions, so that every machine chooses the same threshold.
@safe
struct LogarithmSum {
  private static let lanes = 4
  private let weights: UnsafeMutableBufferPointer<Double>
  private let arguments: UnsafeMutableBufferPointer<Double>

  /// Lends `body` a sum of `count` terms, each of them 0.
  static func with<Result>(count: Int, _ body: (LogarithmSum) -> Result) -> Result {
    let padded = (count + lanes - 1) / lanes * lanes
    return unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * padded) { memory in
      unsafe memory.initialize(repeating: 0)
      let arguments = unsafe UnsafeMutableBufferPointer(rebasing: memory[padded...])
      unsafe arguments.update(repeating: 1)
      return body(unsafe LogarithmSum(weights: .init(rebasing: memory[..<padded]), arguments: arguments))
    }
  }

  private init(weights: UnsafeMutableBufferPointer<Double>, arguments: UnsafeMutableBufferPointer<Double>) {
    unsafe self.weights = unsafe weights
    unsafe self.arguments = unsafe arguments
  }

  /// Sets a term to `weight · log₂(argument)`, or to 0 unless both are positive. The argument must not be subnormal.
  @inline(__always)
  func set(_ term: Int, _ weight: Double, log2 argument: Double) {
    unsafe precondition(term >= 0 && term < weights.count, "a sum of logarithms has no such term")
    let counts = weight > 0 && argument > 0
    unsafe weights[term] = counts ? weight : 0
    unsafe arguments[term] = counts ? argument : 1
  }

  var total: Double {
    var sums = SIMD4<Double>(repeating: 0)
    guard let weight = unsafe UnsafeRawPointer(weights.baseAddress),
      let argument = unsafe UnsafeRawPointer(arguments.baseAddress)
    else { return 0 }
    for first in unsafe stride(from: 0, to: weights.count, by: Self.lanes) {
      let offset = first &* MemoryLayout<Double>.stride
      let factor = unsafe weight.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self)
      sums += factor * fastLog2(unsafe argument.loadUnaligned(fromByteOffset: offset, as: SIMD4<Double>.self))
    }
    return sums.sum()
  }
}

/// The logarithm to base 2 of positive normal numbers, with an absolute error of about 1e-12.
@inline(__always)
func fastLog2(_ x: SIMD4<Double>) -> SIMD4<Double> {
  typealias Bits = SIMD4<UInt64>
  // x = m · 2ᵏ with m in [√½, √2): subtracting the bits of √½ makes the exponent field step at that border.
  let rootHalf = Bits(repeating: 0x3fe6_a09e_667f_3bcd)
  let bits = unsafe unsafeBitCast(x, to: Bits.self)
  let moved = bits &- rootHalf &+ Bits(repeating: 1023 << 52)
  let mantissa = (moved & Bits(repeating: (1 << 52) - 1)) &+ rootHalf
  let m = unsafe unsafeBitCast(mantissa, to: SIMD4<Double>.self)
  // An integer below 2⁵² placed in the mantissa of 2⁵² is that number plus 2⁵².
  let exponent = (moved &>> Bits(repeating: 52)) | Bits(repeating: 0x4330_0000_0000_0000)
  let k = unsafe unsafeBitCast(exponent, to: SIMD4<Double>.self) - SIMD4(repeating: 0x1p52 + 1023)
  // ln m = 2·artanh(s) with |s| < 0.1716: seven terms of its series.
  let one = SIMD4<Double>(repeating: 1)
  let s = (m - one) / (m + one)
  let square = s * s
  var series = SIMD4<Double>(repeating: 1.0 / 13) * square + SIMD4(repeating: 1.0 / 11)
  series = series * square + SIMD4(repeating: 1.0 / 9)
  series = series * square + SIMD4(repeating: 1.0 / 7)
  series = series * square + SIMD4(repeating: 1.0 / 5)
  series = series * square + SIMD4(repeating: 1.0 / 3)
  series = series * square + one
  return k + s * series * SIMD4(repeating: 2.885390081777926814719849362)
}

/// The logarithm to base 2 of a positive normal number.
func fastLog2(_ x: Double) -> Double { fastLog2(SIMD4<Double>(repeating: x))[0] }
