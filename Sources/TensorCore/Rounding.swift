// The only place where this package defines rounding: to nearest, ties to even, everywhere. What rounds whole buffers (the
// kernels of `ValueRounding`) is held to these functions, bit by bit.

/// The integer code of a real number: `real / scale` rounded to nearest, ties to even, and clamped to `codes`.
///
/// ONNX `QuantizeLinear` and TensorRT round so. The quotient is a division, for `real * (1 / scale)` differs from it
/// in the last bit and so in some codes. NaN becomes 0.
@inlinable
package func nearestCode(_ real: Float, scale: Float, in codes: ClosedRange<Int32>) -> Int32 {
  let scaled = (real / scale).rounded(.toNearestOrEven)
  // `Int32(_:)` stops the process on NaN and on values past its range.
  guard !scaled.isNaN else { return 0 }
  if scaled <= Float(codes.lowerBound) { return codes.lowerBound }
  if scaled >= Float(codes.upperBound) { return codes.upperBound }
  return Int32(scaled)
}

/// `value` rounded to the nearest number that binary16 holds.
///
/// Magnitudes from 65520 on become infinite, those up to 2⁻²⁵ become zero, subnormals are kept. NaN stays NaN.
@inlinable
package func binary16Rounded(_ value: Float) -> Float {
  let bits = value.bitPattern
  let sign = bits & 0x8000_0000
  let magnitude = bits & 0x7fff_ffff
  if magnitude >= 0x7f80_0000 { return value }
  if magnitude >= 0x477f_f000 { return Float(bitPattern: sign | 0x7f80_0000) }
  // Below the smallest normal 2⁻¹⁴ the grid is even, 2⁻²⁴ wide: adding 0.5 moves a value to where binary32's own grid is that wide.
  if magnitude < 0x3880_0000 {
    let moved = Float(bitPattern: magnitude) + 0.5 - 0.5
    return Float(bitPattern: sign | moved.bitPattern)
  }
  let odd = (magnitude >> 13) & 1
  return Float(bitPattern: sign | ((magnitude &+ 0xfff &+ odd) & 0xffff_e000))
}

/// `value` rounded to the nearest number that bfloat16 holds. NaN stays NaN; overflow becomes infinite.
@inlinable
package func bfloat16Rounded(_ value: Float) -> Float {
  let bits = value.bitPattern
  if bits & 0x7fff_ffff > 0x7f80_0000 { return Float(bitPattern: bits | 0x0040_0000) }
  let odd = (bits >> 16) & 1
  return Float(bitPattern: (bits &+ 0x7fff &+ odd) & 0xffff_0000)
}
