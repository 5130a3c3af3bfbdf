/// Finds the bin of a value from its leading nine bits, sign and exponent, without a branch.
///
/// For a value with the bit pattern `x` the place in a histogram's table is
/// `(x · multiplier[x >> 23]) >> 32 + offset[x >> 23]`: the multiplication shifts all but the telling bits of the
/// mantissa out, by an amount that depends on the binade. (On baseline x86-64, which has no vector shift by lane, this
/// scalar form measured faster than vector arithmetic.) Values without a bin go to slots at the head of the table.
struct BinLookup: Sendable {
  /// How many neighbouring values use slots of their own for zeros, so that runs of zeros do not wait for each other's store.
  static let lanes = 4
  /// The slots for values that are 0 or subnormal.
  static let tinySlots = 0..<lanes
  /// The slot for values below the lowest binade that has bins.
  static let belowSlot = lanes
  /// The slot for NaN and infinities.
  static let nonFiniteSlot = lanes + 1
  static let slotCount = lanes + 2
  /// How many different leading bits there are: sign and exponent.
  static let leadingCount = 512

  /// By leading bits.
  private(set) var multipliers: [UInt64] = []
  /// By leading bits, for each lane one after the other; they differ only in the slot for tiny values.
  private(set) var offsets: [UInt32] = []

  var isEmpty: Bool { multipliers.isEmpty }

  init() {}

  init(negative: BinLayout?, negativeStart: Int, positive: BinLayout?, positiveStart: Int) {
    multipliers = Array(repeating: 0, count: Self.leadingCount)
    offsets = Array(repeating: UInt32(Self.belowSlot), count: Self.leadingCount * Self.lanes)
    for (sign, layout, start) in [(0, positive, positiveStart), (256, negative, negativeStart)] {
      for lane in 0..<Self.lanes {
        offsets[Self.leadingCount * lane + sign] = UInt32(Self.tinySlots.lowerBound + lane)
        offsets[Self.leadingCount * lane + sign + 255] = UInt32(Self.nonFiniteSlot)
      }
      guard let layout else { continue }
      for exponent in max(layout.low, 1)...layout.top where exponent < 255 {
        let bits = layout.mantissaBits(exponent: exponent)
        let leading = sign + exponent
        multipliers[leading] = 1 << UInt64(9 + bits)
        // The product keeps the leading bits too: take them off again.
        let offset = start + layout.firstBin(exponent: exponent) - (leading << bits)
        for lane in 0..<Self.lanes {
          offsets[Self.leadingCount * lane + leading] = UInt32(truncatingIfNeeded: offset)
        }
      }
    }
  }
}
