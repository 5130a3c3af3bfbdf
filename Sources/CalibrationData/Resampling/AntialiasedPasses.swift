/// Makes each row of `target` from a row of `source`, beginning with row `rows.lowerBound`.
func resampleRows(of source: Image, _ rows: Range<Int>, _ weights: ResampleWeights, into target: Image) {
  unsafe weights.first.withUnsafeBufferPointer { first in
    unsafe weights.taps.withUnsafeBufferPointer { taps in
      unsafe weights.weights.withUnsafeBufferPointer { all in
        guard let all = all.baseAddress else { return }
        for row in rows {
          let from = unsafe source.base + row * source.rowBytes
          let to = unsafe target.base + (row - rows.lowerBound) * target.rowBytes
          for x in 0..<target.width {
            let weight = unsafe all + x * weights.stride
            if source.channels == 3 {
              unsafe addPixels3(from + 3 * first[x], weight, taps[x], into: to + 3 * x)
            } else {
              unsafe addPixels1(from + first[x], weight, taps[x], into: to + x)
            }
          }
        }
      }
    }
  }
}

@inline(__always)
private func addPixels3(
  _ pixels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Int32>, _ taps: Int, into target: UnsafeMutablePointer<UInt8>
) {
  var red = half, green = half, blue = half
  var pixel = unsafe pixels
  for tap in 0..<taps {
    let weight = unsafe weights[tap]
    unsafe red &+= Int32(pixel[0]) &* weight
    unsafe green &+= Int32(pixel[1]) &* weight
    unsafe blue &+= Int32(pixel[2]) &* weight
    unsafe pixel += 3
  }
  unsafe target[0] = sample(red)
  unsafe target[1] = sample(green)
  unsafe target[2] = sample(blue)
}

@inline(__always)
private func addPixels1(
  _ pixels: UnsafePointer<UInt8>, _ weights: UnsafePointer<Int32>, _ taps: Int, into target: UnsafeMutablePointer<UInt8>
) {
  var sum = half
  for tap in 0..<taps { unsafe sum &+= Int32(pixels[tap]) &* weights[tap] }
  unsafe target[0] = sample(sum)
}

/// Makes each row of `target` from rows of `source`, whose first row is row `firstRow` of the weights' source.
func resampleColumns(of source: Image, firstRow: Int, _ weights: ResampleWeights, into target: Image) {
  typealias Lanes = SIMD16<Int32>
  let count = target.rowBytes
  unsafe weights.weights.withUnsafeBufferPointer { all in
    guard let all = all.baseAddress else { return }
    for row in 0..<target.height {
      let from = unsafe source.base + (weights.first[row] - firstRow) * source.rowBytes
      let to = unsafe target.base + row * count
      let weight = unsafe all + row * weights.stride
      let taps = weights.taps[row]
      var at = 0
      while at + 16 <= count {
        var sum = Lanes(repeating: half), upper = Lanes.zero
        var pixels = unsafe UnsafeRawPointer(from + at)
        for tap in 0..<taps {
          let bytes = unsafe pixels.loadUnaligned(as: SIMD16<UInt8>.self)
          let wide = Lanes(truncatingIfNeeded: bytes)
          let (high, low) = unsafe halves(weight[tap])
          upper &+= wide &* Lanes(repeating: high)
          sum &+= wide &* Lanes(repeating: low)
          unsafe pixels += source.rowBytes
        }
        sum &+= upper &<< lowBits
        let shifted = (sum &>> ResampleWeights.fractionBits).clamped(
          lowerBound: .zero, upperBound: Lanes(repeating: 255))
        unsafe UnsafeMutableRawPointer(to + at).storeBytes(
          of: SIMD16<UInt8>(truncatingIfNeeded: shifted), as: SIMD16<UInt8>.self)
        at += 16
      }
      while at < count {
        var sum = half
        for tap in 0..<taps { unsafe sum &+= Int32(from[at + tap * source.rowBytes]) &* weight[tap] }
        unsafe to[at] = sample(sum)
        at += 1
      }
    }
  }
}

/// A weight as `high * 2^12 + low`, both of which fit 16 bits.
///
/// The compiler sees that they do, and multiplies lanes by the fast 16-bit instruction that every x86-64 has: without
/// AVX2 a product of 32-bit lanes takes six. The sum is the same number.
@inline(__always)
private func halves(_ weight: Int32) -> (high: Int32, low: Int32) {
  (Int32(Int16(truncatingIfNeeded: weight >> lowBits)), Int32(Int16(truncatingIfNeeded: weight & (1 << lowBits - 1))))
}

private let lowBits: Int32 = 12

/// Half a unit of the result, for rounding by truncation.
private let half = Int32(1) << (ResampleWeights.fractionBits - 1)

/// The sample that a fixed-point sum means.
@inline(__always)
private func sample(_ sum: Int32) -> UInt8 {
  let shifted = sum >> ResampleWeights.fractionBits
  return UInt8(truncatingIfNeeded: shifted < 0 ? 0 : shifted > 255 ? 255 : shifted)
}
