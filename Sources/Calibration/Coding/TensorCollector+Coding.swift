extension TensorCollector {
  /// The whole state as bytes, for states of interrupted runs and for shards: decoding gives an equal collector.
  package func encode(to writer: inout ByteWriter) {
    writer.varied(count)
    writer.varied(zeros)
    for tally in [nans, positiveInfinities, negativeInfinities] {
      writer.varied(tally.count)
      writer.optional(tally.firstSample)
    }
    for extreme in [minimum, maximum] {
      writer.optional(extreme?.sample)
      if let extreme { writer.word32(extreme.value.bitPattern) }
    }
    writer.optional(firstNonPositive)
    for edges in [negativeEdges, positiveEdges] {
      writer.varied(edges.atFlushed)
      writer.varied(edges.overflows)
    }
    histogram.encode(to: &writer)
    writer.byte(sampleExtremes == nil ? 0 : 1)
    sampleExtremes?.encode(to: &writer)
  }

  package init(from reader: inout ByteReader) throws(ByteFault) {
    self.init()
    count = try reader.varied()
    zeros = try reader.varied()
    nans = try Tally(from: &reader)
    positiveInfinities = try Tally(from: &reader)
    negativeInfinities = try Tally(from: &reader)
    minimum = try Extreme(from: &reader)
    maximum = try Extreme(from: &reader)
    firstNonPositive = try reader.optional()
    negativeEdges = Half16Edges(atFlushed: try reader.varied(), overflows: try reader.varied())
    positiveEdges = Half16Edges(atFlushed: try reader.varied(), overflows: try reader.varied())
    histogram = try Histogram(from: &reader)
    if try reader.byte() != 0 { sampleExtremes = try SampleExtremes(from: &reader) }
    guard (minimum == nil) == (maximum == nil), histogram.total <= count, zeros <= count else { throw ByteFault() }
  }
}

extension Tally {
  fileprivate init(from reader: inout ByteReader) throws(ByteFault) {
    self.init(count: try reader.varied(), firstSample: try reader.optional())
  }
}

extension Extreme {
  fileprivate init?(from reader: inout ByteReader) throws(ByteFault) {
    guard let sample = try reader.optional() else { return nil }
    let value = Float(bitPattern: try reader.word32())
    guard value.isFinite else { throw ByteFault() }
    self.init(value: value, sample: sample)
  }
}

extension SampleExtremes {
  fileprivate func encode(to writer: inout ByteWriter) {
    writer.varied(count)
    for sum in [minima, maxima, magnitudes] {
      for word in 0..<ExactSum.wordCount { writer.word64(sum.words[word]) }
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(ByteFault) {
    let count = try reader.varied()
    var sums: [ExactSum] = []
    for _ in 0..<3 {
      var words = InlineWords()
      for word in 0..<ExactSum.wordCount { words[word] = try reader.word64() }
      sums.append(ExactSum(words: words))
    }
    self.init(count: count, minima: sums[0], maxima: sums[1], magnitudes: sums[2])
  }
}
