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
      encode(counts(negative: isNegative), to: &writer)
    }
  }

  private func encode(_ counts: [UInt64], to writer: inout ByteWriter) {
    let end = counts.endIndex
    var at = counts.startIndex
    while at < end {
      var full = at
      while full < end, counts[full] == 0 { full += 1 }
      var next = full
      while next < end, counts[next] != 0 { next += 1 }
      // A run of 0 counts ends the list.
      writer.varied(UInt64(next - full))
      if next == full { return }
      writer.varied(UInt64(full - at))
      writer.varied(counts[full..<next])
      at = next
    }
    writer.varied(0)
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
      for place in bin..<bin + run {
        let times = try reader.varied()
        guard times <= 1 << 60, sum <= 1 << 60 else { throw ByteFault() }
        counts[place] = times
        sum += times
      }
      bin += run
    }
    table.add(counts, from: range(negative: isNegative).lowerBound, total: sum)
    total = sum
  }
}
