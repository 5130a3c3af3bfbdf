extension Histogram {
  /// Counts the finite, non-zero values among `values` and answers how many zeros there are.
  ///
  /// - Parameters:
  ///   - lowest: The least finite value. One of the two must differ from 0.
  ///   - highest: The greatest finite value.
  mutating func add(_ values: UnsafeBufferPointer<Float>, lowest: Float, highest: Float) -> Int {
    if highest > 0 { include(highest.biasedExponent...highest.biasedExponent, negative: false) }
    if lowest < 0 { include(lowest.biasedExponent...lowest.biasedExponent, negative: true) }
    precondition(positive != nil || negative != nil, "a block of zeros has nothing to count")
    prepare(for: values.count)
    let skipped = unsafe tally(values)
    total += UInt64(values.count - skipped.tiny - skipped.below - skipped.nonFinite)
    let zeros = skipped.tiny == 0 ? 0 : unsafe ValueScan.zeros(in: values)
    if skipped.below > 0 || skipped.tiny > zeros { unsafe addSmall(values) }
    return zeros
  }

  /// Makes sure that the table can take `more` values, and that there is a way to find places in it.
  private mutating func prepare(for more: Int) {
    reserve(more)
    if lookup.isEmpty {
      lookup = BinLookup(
        negative: negative, negativeStart: negativeStart, positive: positive, positiveStart: positiveStart)
    }
  }

  /// Counts what has a bin; answers how many values have none, by the reason.
  private mutating func tally(_ values: UnsafeBufferPointer<Float>) -> (tiny: Int, below: Int, nonFinite: Int) {
    let lookup = lookup
    return unsafe lookup.multipliers.withUnsafeBufferPointer { multipliers in
      unsafe lookup.offsets.withUnsafeBufferPointer { offsets in
        if wide.isEmpty {
          unsafe narrow.withUnsafeMutableBufferPointer { counts in
            unsafe tally32(values, multipliers: multipliers, offsets: offsets, counts: counts)
            return unsafe takeSlots(of: counts)
          }
        } else {
          unsafe wide.withUnsafeMutableBufferPointer { counts in
            unsafe tally64(values, multipliers: multipliers, offsets: offsets, counts: counts)
            return unsafe takeSlots(of: counts)
          }
        }
      }
    }
  }

  /// Counts the values that are too small for the present bins, after making bins for them: a rare, slow path.
  private mutating func addSmall(_ values: UnsafeBufferPointer<Float>) {
    for isNegative in [false, true] {
      // Subnormal numbers always come here, for their leading bits are those of 0.
      let floor = max(layout(negative: isNegative)?.low ?? 256, 1)
      let small = unsafe values.filter {
        $0 != 0 && ($0 < 0) == isNegative && $0.biasedExponent < floor
      }
      guard let least = small.lazy.map(\.biasedExponent).min() else { continue }
      include(least...least, negative: isNegative)
      for value in small { add(magnitude: value.magnitude.bitPattern, negative: isNegative) }
    }
  }
}

extension Float {
  /// The eight bits of the exponent: 0 for subnormal numbers and zero, 255 for infinities and NaN.
  var biasedExponent: Int { Int((bitPattern >> 23) & 0xff) }
}

// Two entry points instead of one generic function, so that the compiler always has concrete code for both.

private func tally32(
  _ values: UnsafeBufferPointer<Float>, multipliers: UnsafeBufferPointer<UInt64>,
  offsets: UnsafeBufferPointer<UInt32>, counts: UnsafeMutableBufferPointer<UInt32>
) { unsafe tallyEach(values, multipliers: multipliers, offsets: offsets, counts: counts) }

private func tally64(
  _ values: UnsafeBufferPointer<Float>, multipliers: UnsafeBufferPointer<UInt64>,
  offsets: UnsafeBufferPointer<UInt32>, counts: UnsafeMutableBufferPointer<UInt64>
) { unsafe tallyEach(values, multipliers: multipliers, offsets: offsets, counts: counts) }

@inline(__always)
private func tallyEach<Count: FixedWidthInteger>(
  _ values: UnsafeBufferPointer<Float>, multipliers: UnsafeBufferPointer<UInt64>,
  offsets: UnsafeBufferPointer<UInt32>, counts: UnsafeMutableBufferPointer<Count>
) {
  guard let source = values.baseAddress, let multiplier = multipliers.baseAddress,
    let offset = offsets.baseAddress, let table = counts.baseAddress
  else { return }
  // The lookup sends every bit pattern to a slot or to a bin of `counts`, for the bins reach up to the highest value.
  @inline(__always) func count(_ value: Float, lane: Int) {
    let bits = value.bitPattern
    let leading = Int(bits &>> 23)
    let step = unsafe UInt32(truncatingIfNeeded: (UInt64(bits) &* multiplier[leading]) &>> 32)
    unsafe table[Int(step &+ offset[BinLookup.leadingCount &* lane &+ leading])] &+= 1
  }
  let unrolled = values.count & ~3
  var i = 0
  while i < unrolled {
    unsafe count(source[i], lane: 0)
    unsafe count(source[i &+ 1], lane: 1)
    unsafe count(source[i &+ 2], lane: 2)
    unsafe count(source[i &+ 3], lane: 3)
    i = i &+ 4
  }
  while i < values.count {
    unsafe count(source[i], lane: 0)
    i = i &+ 1
  }
}

/// Reads the slots and empties them.
@inline(__always)
private func takeSlots<Count: FixedWidthInteger>(
  of counts: UnsafeMutableBufferPointer<Count>
) -> (tiny: Int, below: Int, nonFinite: Int) {
  var tiny = 0
  for slot in BinLookup.tinySlots { unsafe tiny += Int(counts[slot]) }
  let below = unsafe Int(counts[BinLookup.belowSlot])
  let nonFinite = unsafe Int(counts[BinLookup.nonFiniteSlot])
  for slot in 0..<BinLookup.slotCount { unsafe counts[slot] = 0 }
  return (tiny, below, nonFinite)
}
