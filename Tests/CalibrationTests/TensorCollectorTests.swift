import Calibration
import Testing

@Suite struct TensorCollectorTests {
  @Test func `an empty collector has seen nothing`() {
    let empty = TensorCollector()
    #expect(empty.count == 0 && empty.amax == 0 && empty.minimum == nil && empty.maximum == nil)
    var other = collector([1, -2, .nan])
    other.merge(empty)
    #expect(other == collector([1, -2, .nan]))
  }

  @Test func `counts and extremes are exact`() {
    let values: [Float] = [1, -2, .nan, .infinity, -0.0, 0, 65520, 0x1p-25, 0x1.8p-25, 0x1p-14, -.infinity, 0x1p-149]
    let seen = collector(values)
    #expect(seen.count == 12 && seen.zeros == 2 && seen.nans.count == 1)
    #expect(seen.positiveInfinities.count == 1 && seen.negativeInfinities.count == 1)
    #expect(seen.half16Flushed == 2 && seen.half16Subnormal == 1 && seen.half16Overflows == 1)
    #expect(seen.minimum?.value == -2 && seen.maximum?.value == 65520 && seen.amax == 65520)
    #expect(seen.histogram.total == 7)
  }

  @Test(arguments: 1...60) func `what is counted equals a count one by one`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let samples = randomSamples(&random)
    var seen = TensorCollector()
    for (value, sample) in samples { seen.collect([value], sample: sample) }
    let expected = CollectorReference(samples)
    #expect(seen.count == UInt64(samples.count))
    #expect(seen.zeros == expected.zeros)
    #expect(seen.nans.count == expected.nans)
    #expect(seen.positiveInfinities.count == expected.positiveInfinities)
    #expect(seen.negativeInfinities.count == expected.negativeInfinities)
    #expect(seen.half16Flushed == expected.flushed)
    #expect(seen.half16Subnormal == expected.subnormal)
    #expect(seen.half16Overflows == expected.overflows)
    #expect(seen.minimum == expected.minimum)
    #expect(seen.maximum == expected.maximum)
    #expect(seen.finiteCount == UInt64(expected.finite.count))
  }

  @Test func `counts pass the widths of what holds them`() throws {
    // Bytes, then words, for single bins among others that stay small.
    var values = [Float](repeating: 1.5, count: 700) + [Float](repeating: -3, count: 256)
    values += [Float](repeating: 0.25, count: 255) + [0, 2, 2, -0.0]
    var once = TensorCollector(), often = TensorCollector()
    once.collect(values, sample: 0)
    for _ in 0..<300 { often.collect(values, sample: 0) }
    func counts(_ side: MagnitudeHistogram.Side, _ collector: TensorCollector) throws -> [UInt64] {
      try #require(MagnitudeHistogram(collector, side)).counts.filter { $0 > 0 }
    }
    #expect(try counts(.positive, once) == [255, 700, 2])
    #expect(try counts(.negative, once) == [256])
    #expect(try counts(.positive, often) == [255 * 300, 700 * 300, 600])
    #expect(often.zeros == 600 && often.count == UInt64(values.count) * 300)
    // A sum of 2³² and more: the state is doubled, which merging itself does.
    var total = often
    var copies: UInt64 = 1
    while total.count <= UInt64(UInt32.max) {
      let half = total
      total.merge(half)
      copies *= 2
    }
    total.collect(values, sample: 0)
    #expect(try counts(.positive, total) == [255, 700, 2].map { $0 * (300 * copies + 1) })
  }

  @Test(arguments: 1...60) func `any order, chunking and tree of merges gives the same state`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let samples = randomSamples(&random)
    let expected = whole(samples)
    // Each shuffled value goes to one of the parts; consecutive values of one sample go in one call.
    let shuffled = samples.shuffled(using: &random)
    var parts = Array(repeating: TensorCollector(), count: Int.random(in: 1...5, using: &random))
    for sample in Set(shuffled.map(\.sample)).shuffled(using: &random) {
      var rest = shuffled.filter { $0.sample == sample }.map(\.value)[...]
      while !rest.isEmpty {
        let size = Int.random(in: 1...rest.count, using: &random)
        parts[Int.random(in: parts.indices, using: &random)].collect(Array(rest.prefix(size)), sample: sample)
        rest = rest.dropFirst(size)
      }
    }
    while parts.count > 1 {
      let last = parts.removeLast()
      let target = Int.random(in: parts.indices, using: &random)
      if Bool.random(using: &random) {
        parts[target].merge(last)
      } else {
        var merged = last
        merged.merge(parts[target])
        parts[target] = merged
      }
    }
    #expect(parts[0] == expected)
  }

  @Test(arguments: 1...20) func `long tensors whose parts differ are counted as their parts are`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let values = patchwork(&random)
    var inPieces = TensorCollector()
    for start in stride(from: 0, to: values.count, by: 1000) {
      inPieces.collect(Array(values[start..<min(start + 1000, values.count)]), sample: 0)
    }
    var atOnce = TensorCollector()
    atOnce.collect(values, sample: 0)
    #expect(atOnce == inPieces)
  }

  @Test(arguments: 1...60) func `the statistics behind a ReLU are those of the rectified values`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let samples = randomSamples(&random)
    let rectified = samples.map { (value: $0.value < 0 ? 0 : $0.value, sample: $0.sample) }
    #expect(whole(samples).relu() == whole(rectified))
    #expect(whole(samples).relu().relu() == whole(rectified))
  }

  @Test func `counts pass 32 bits without loss, whatever the order`() {
    var random = SplitMix(seed: 6)
    let values = (0..<1000).map { _ in Float(random.normal()) }
    let more = (0..<5000).map { _ in random.anyFloat() }
    var many = collector(values)
    for _ in 0..<30 { many.merge(many) }
    #expect(many.histogram.total == 1000 << 30)
    var direct = many
    direct.collect(more, sample: 0)
    direct.collect([7, 7, 7], sample: 0)
    var merged = collector(more + [7, 7, 7])
    merged.merge(many)
    #expect(direct == merged)
    #expect(
      direct.relu().histogram.total + UInt64(values.count { $0 < 0 }) << 30
        + UInt64(
          more.count { $0 < 0 && $0.isFinite }) == direct.histogram.total)
    let few = PercentileRange(percent: 50).threshold(of: collector(values)).amax
    #expect(abs(PercentileRange(percent: 50).threshold(of: many).amax - few) <= 1e-3)
    #expect(EntropyRange().threshold(of: many).amax <= 2 * many.amax)
  }

  @Test func `states that differ in one value are not equal`() {
    #expect(collector([1, 2, 3]) != collector([1, 2, 3.01]))
    #expect(collector([1, -1]) != collector([1, 1]))
    #expect(collector([1], sample: 4) != collector([1], sample: 5))
    #expect(collector([0x1p-25]) != collector([0x1.00001p-25]))
  }

  @Test func `an extreme names the lowest sample that set it, whatever the order`() {
    var seen = TensorCollector()
    for sample in [7, 3, 9, 3, 5] { seen.collect([Float(sample % 2), -1, 2], sample: sample) }
    #expect(seen.maximum == Extreme(value: 2, sample: 3))
    #expect(seen.minimum == Extreme(value: -1, sample: 3))
  }

  @Test func `tensors that only a mask makes large keep their bulk apart`() {
    var random = SplitMix(seed: 3)
    let bulk = (0..<20_000).map { _ in Float(random.normal()) }
    var plain = TensorCollector()
    var masked = TensorCollector()
    plain.collect(bulk, sample: 0)
    masked.collect(bulk + [-1e9, 1e38, -1e38], sample: 0)
    for quantile in [10.0, 50, 90, 99] {
      let a = PercentileRange(percent: quantile).threshold(of: plain).amax
      let b = PercentileRange(percent: quantile).threshold(of: masked).amax
      #expect(abs(a - b) <= 0.01 * a)
    }
  }

  private func collector(_ values: [Float], sample: Int = 0) -> TensorCollector {
    var result = TensorCollector()
    result.collect(values, sample: sample)
    return result
  }

  /// Collected sample by sample, in order, in one call each.
  private func whole(_ samples: [(value: Float, sample: Int)]) -> TensorCollector {
    var result = TensorCollector()
    for sample in Set(samples.map(\.sample)).sorted() {
      result.collect(samples.filter { $0.sample == sample }.map(\.value), sample: sample)
    }
    return result
  }

  /// Up to 5000 values in up to eight samples; some sets are of one kind of value, so that every path is taken.
  private func randomSamples(_ random: inout SplitMix) -> [(value: Float, sample: Int)] {
    let kind = random.next() % 6
    let scale = Float(sign: .plus, exponent: Int.random(in: -140...120, using: &random), significand: 1)
    return (0..<Int.random(in: 0...5000, using: &random)).map { _ in
      let value: Float =
        switch kind {
        case 0, 1: random.anyFloat()
        case 2: Float(random.normal()) * scale
        case 3: max(0, Float(random.normal())) * scale
        case 4: -Float(random.unit()) - 1
        default: random.next() % 50 == 0 ? random.anyFloat() : 3
        }
      return (value, Int(random.next() % 8))
    }
  }
}
