/// A number in bfloat16: the upper half of a binary32, with 8 significant bits.
@usableFromInline package struct BFloat16: Sendable, Hashable, BitwiseCopyable {
  @usableFromInline package var bitPattern: UInt16

  @inlinable package init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// The nearest bfloat16, ties to even. NaN stays NaN; what rounds past the largest finite value becomes infinite.
  @inlinable package init(_ value: Float) {
    bitPattern = UInt16(truncatingIfNeeded: bfloat16Rounded(value).bitPattern >> 16)
  }
}

extension Float {
  /// The same number, exactly.
  @inlinable package init(_ value: BFloat16) { self.init(bitPattern: UInt32(value.bitPattern) << 16) }
}
