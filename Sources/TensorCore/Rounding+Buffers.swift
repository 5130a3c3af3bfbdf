// Whole buffers at once, to the same bits as `binary16Rounded` and `bfloat16Rounded`.

/// A narrow floating-point format that float32 values are rounded to.
package enum NarrowFormat: String, Sendable, Hashable, CaseIterable {
  case fp16, bf16

  /// The largest finite number.
  package var largest: Float { self == .fp16 ? 65504 : Float(bitPattern: 0x7f7f_0000) }
  /// The smallest magnitude that rounds to infinity.
  package var overflow: Float { self == .fp16 ? 65520 : Float(bitPattern: 0x7f7f_8000) }
  /// The smallest normal number.
  package var smallestNormal: Float { self == .fp16 ? 0x1p-14 : 0x1p-126 }
  /// The largest magnitude that rounds to zero, subnormals kept.
  package var vanishing: Float { self == .fp16 ? 0x1p-25 : Float(bitPattern: 0x0000_8000) }
  /// How many bits the significand has, with the leading one.
  package var significantBits: Int { self == .fp16 ? 11 : 8 }
}

/// Writes the elements of `source`, rounded to the nearest number of `format`, ties to even, to `target`; both may be
/// the same memory.
///
/// - Parameter flushing: Whether results below the smallest normal number become zero, as on units without subnormals.
package func round(
  _ source: UnsafePointer<Float>, to format: NarrowFormat, flushing: Bool = false,
  into target: UnsafeMutablePointer<Float>, count: Int
) {
  switch format {
  case .fp16: unsafe roundLanes(source, target, count, flushing ? 0x3880_0000 : 0, binary16Lanes, binary16Rounded)
  case .bf16: unsafe roundLanes(source, target, count, flushing ? 0x0080_0000 : 0, bfloat16Lanes, bfloat16Rounded)
  }
}

private typealias Lanes = SIMD16<UInt32>

@inline(__always)
private func roundLanes(
  _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int, _ normal: UInt32,
  _ wide: (Lanes) -> Lanes, _ single: (Float) -> Float
) {
  let from = unsafe UnsafeRawPointer(source), to = UnsafeMutableRawPointer(target)
  var i = 0
  while i + 16 <= count {
    let bits = unsafe from.loadUnaligned(fromByteOffset: i &* 4, as: Lanes.self)
    var result = wide(bits)
    if normal != 0 {
      let sign = result & Lanes(repeating: 0x8000_0000)
      result.replace(with: sign, where: (result & Lanes(repeating: 0x7fff_ffff)) .< Lanes(repeating: normal))
    }
    unsafe to.storeBytes(of: result, toByteOffset: i &* 4, as: Lanes.self)
    i += 16
  }
  while i < count {
    var result = unsafe single(source[i])
    if result.bitPattern & 0x7fff_ffff < normal { result = Float(bitPattern: result.bitPattern & 0x8000_0000) }
    unsafe target[i] = result
    i += 1
  }
}

/// ``binary16Rounded(_:)`` in lanes.
@inline(__always)
private func binary16Lanes(_ bits: Lanes) -> Lanes {
  let magnitude = bits & Lanes(repeating: 0x7fff_ffff)
  let sign = bits ^ magnitude
  // The normal numbers of binary16.
  let odd = (magnitude &>> Lanes(repeating: 13)) & Lanes(repeating: 1)
  var result = (magnitude &+ Lanes(repeating: 0xfff) &+ odd) & Lanes(repeating: 0xffff_e000)
  // Below 2⁻¹⁴ the grid is 2⁻²⁴ wide, as binary32's is between 0.5 and 1.
  let half = SIMD16<Float>(repeating: 0.5)
  let moved = unsafe unsafeBitCast(
    unsafeBitCast(magnitude, to: SIMD16<Float>.self) + half - half, to: Lanes.self)
  result.replace(with: moved, where: magnitude .< Lanes(repeating: 0x3880_0000))
  result.replace(with: Lanes(repeating: 0x7f80_0000), where: magnitude .>= Lanes(repeating: 0x477f_f000))
  // Infinities and NaN stay what they are.
  result.replace(with: magnitude, where: magnitude .>= Lanes(repeating: 0x7f80_0000))
  return result | sign
}

/// ``bfloat16Rounded(_:)`` in lanes.
@inline(__always)
private func bfloat16Lanes(_ bits: Lanes) -> Lanes {
  let odd = (bits &>> Lanes(repeating: 16)) & Lanes(repeating: 1)
  var result = (bits &+ Lanes(repeating: 0x7fff) &+ odd) & Lanes(repeating: 0xffff_0000)
  let isNaN = (bits & Lanes(repeating: 0x7fff_ffff)) .> Lanes(repeating: 0x7f80_0000)
  result.replace(with: bits | Lanes(repeating: 0x0040_0000), where: isNaN)
  return result
}
