extension Histogram {
  /// For each sign that occurs its exponents, which settle the layout, then runs of empty bins and of counts.
  func encode(to writer: inout ByteWriter) {
    for isNegative in [true, false] {
      guard let exponents = occupied(negative: isNegative) else {
        writer.byte(0)
        continue
      }
      writer.byte(1)
      writer.varied(UInt64(exponents.lowerBound))
      writer.varied(UInt64(exponents.upperBound))
      // No count is more than all; half the memory to go through.
      if total <= UInt32.max {
        encode(table.counts(range(negative: isNegative), as: UInt32.self), to: &writer)
      } else {
        encode(counts(negative: isNegative), to: &writer)
      }
    }
  }

  private func encode<Count: FixedWidthInteger & SIMDScalar>(_ counts: [Count], to writer: inout ByteWriter) {
    unsafe counts.withUnsafeBufferPointer { unsafe writer.runs($0) }
  }

  init(from reader: inout ByteReader) throws(ByteFault) {
    self.init()
    for isNegative in [true, false] where try reader.byte() != 0 {
      let lowest = try reader.count(), highest = try reader.count()
      guard lowest <= highest, highest < 255 else { throw ByteFault() }
      include(lowest...highest, negative: isNegative)
      try decode(from: &reader, negative: isNegative)
      guard occupied(negative: isNegative) == lowest...highest else { throw ByteFault() }
    }
  }

  /// - Throws: Where a count, or the sum before the last one, passes 2⁶⁰.
  private static func sum(
    _ counts: UnsafeMutableBufferPointer<UInt64>, with first: UInt64
  ) throws(ByteFault) -> UInt64 {
    var sum: UInt64 = 0, bits: UInt64 = 0
    for place in 0..<counts.count {
      unsafe sum &+= counts[place]
      unsafe bits |= counts[place]
    }
    // Those of real tensors: not even all of them together come near the limit.
    if first < 1 << 59, bits < 1 << 32, counts.count < 1 << 26 { return first + sum }
    sum = first
    for place in 0..<counts.count {
      guard unsafe counts[place] <= 1 << 60, sum <= 1 << 60 else { throw ByteFault() }
      unsafe sum += counts[place]
    }
    return sum
  }

  private mutating func decode(from reader: inout ByteReader, negative isNegative: Bool) throws(ByteFault) {
    guard let layout = layout(negative: isNegative) else { throw ByteFault() }
    var counts = [UInt64](repeating: 0, count: layout.count)
    var sum = total
    var bin = 0
    while true {
      let run = try reader.count()
      if run == 0 { break }
      bin += try reader.count()
      guard run <= layout.count, bin <= layout.count - run else { throw ByteFault() }
      try unsafe counts.withUnsafeMutableBufferPointer { counts throws(ByteFault) in
        let part = unsafe UnsafeMutableBufferPointer(rebasing: counts[bin..<bin + run])
        try unsafe reader.varied(into: part)
        sum = try unsafe Self.sum(part, with: sum)
      }
      bin += run
    }
    table.add(counts, from: range(negative: isNegative).lowerBound, total: sum)
    total = sum
  }
}
