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

  /// `value` rounded to the nearest number of the format, ties to even. NaN stays NaN.
  @inlinable
  package func rounded(_ value: Float) -> Float {
    switch self {
    case .fp16: binary16Rounded(value)
    case .bf16: bfloat16Rounded(value)
    }
  }
}
