/// Counts of values at two borders of binary16 that need not be borders between bins.
struct Half16Edges: Sendable, Equatable {
  /// The magnitude half of the smallest binary16 number: it and all below round to 0.
  static let flushed: Float = 0x1p-25
  /// The smallest magnitude that rounds to infinity.
  static let overflowing: Float = 65520

  /// Values of exactly the magnitude `flushed`.
  private(set) var atFlushed: UInt64 = 0
  /// Finite values of the magnitude `overflowing` or more.
  private(set) var overflows: UInt64 = 0

  init() {}

  init(atFlushed: UInt64, overflows: UInt64) {
    self.atFlushed = atFlushed
    self.overflows = overflows
  }

  /// Adds finite values.
  ///
  /// - Parameters:
  ///   - amax: The largest finite magnitude of this sign.
  ///   - hasTiny: Whether there is a magnitude as small as `flushed`; else there is nothing to look for.
  mutating func add(_ values: UnsafeBufferPointer<Float>, negative: Bool, amax: Float, hasTiny: Bool) {
    if hasTiny {
      unsafe atFlushed += UInt64(ValueScan.count(in: values, equalTo: negative ? -Self.flushed : Self.flushed))
    }
    if amax >= Self.overflowing {
      let limit = negative ? -Self.overflowing : Self.overflowing
      unsafe overflows += UInt64(ValueScan.count(in: values, beyond: limit))
    }
  }

  mutating func merge(_ other: Half16Edges) {
    atFlushed += other.atFlushed
    overflows += other.overflows
  }
}

extension Histogram {
  /// How many values lie below `limit` in magnitude, which must be a power of two within the normal numbers.
  func count(below limit: Float) -> UInt64 {
    var sum: UInt64 = 0
    for isNegative in [false, true] {
      guard let layout = layout(negative: isNegative), limit.biasedExponent > layout.low else { continue }
      let exponent = min(limit.biasedExponent, layout.top + 1)
      let end = exponent > layout.top ? layout.count : layout.firstBin(exponent: exponent)
      for count in counts(negative: isNegative).prefix(end) { sum += count }
    }
    return sum
  }
}

extension TensorCollector {
  /// How many finite values other than 0 become 0 in binary16: those up to 2⁻²⁵ in magnitude.
  package var half16Flushed: UInt64 {
    histogram.count(below: Half16Edges.flushed) + negativeEdges.atFlushed + positiveEdges.atFlushed
  }

  /// How many values keep a magnitude below 2⁻¹⁴, the smallest normal binary16 number, without becoming 0.
  package var half16Subnormal: UInt64 { histogram.count(below: 0x1p-14) - half16Flushed }

  /// How many finite values become infinite in binary16: those from 65520 in magnitude.
  package var half16Overflows: UInt64 { negativeEdges.overflows + positiveEdges.overflows }
}
