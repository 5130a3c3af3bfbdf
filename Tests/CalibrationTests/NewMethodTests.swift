import Calibration
import Testing

@Suite struct LegacyRangeTests {
  private func estimator(_ quantile: Double, _ cutoff: Double) throws -> any RangeEstimator {
    var options = RangeOptions()
    options.quantile = quantile
    options.cutoff = cutoff
    return try RangeMethod.named("legacy").make(options)
  }

  @Test func `it is a share of a quantile`() throws {
    let values = Distribution.all[0].values(20_000, amax: 8, seed: 1)
    let seen = collected(values)
    #expect(try #require(try estimator(1, 1).range(of: seen).range).amax == 8)
    #expect(try #require(try estimator(1, 0.5).range(of: seen).range).amax == 4)
    let percentile = try #require(PercentileRange(percent: 99).range(of: seen).range).amax
    #expect(try #require(try estimator(0.99, 1).range(of: seen).range).amax == percentile)
    #expect(try #require(try estimator(0.99, 0.25).range(of: seen).range).amax == percentile / 4)
  }

  @Test(arguments: [0, -0.5, 1.001, .nan, .infinity]) func `impossible shares are refused`(share: Double) {
    #expect(throws: RangeMethodError.self) { try estimator(share, 1) }
    #expect(throws: RangeMethodError.self) { try estimator(1, share) }
  }
}

@Suite struct MeanExtremesRangeTests {
  @Test(arguments: 1...20) func `it is the mean of each sample's extremes, in any order`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let samples = (0..<Int.random(in: 1...30, using: &random)).map { _ in
      (0..<Int.random(in: 1...40, using: &random)).map { _ in Float(random.normal() * 3 + 0.5) }
    }
    func seen(_ order: [Int], parts: Int) -> TensorCollector {
      var whole = Array(repeating: TensorCollector(), count: parts)
      for (place, sample) in order.enumerated() {
        whole[place % parts].collect(samples[sample], sample: sample)
        var extremes = whole[place % parts].sampleExtremes ?? SampleExtremes()
        unsafe samples[sample].withUnsafeBufferPointer { unsafe extremes.add($0) }
        whole[place % parts].sampleExtremes = extremes
      }
      var sum = TensorCollector()
      for part in whole { sum.merge(part) }
      return sum
    }
    let straight = seen(Array(samples.indices), parts: 1)
    let shuffled = seen(samples.indices.shuffled(using: &random), parts: 3)
    #expect(straight == shuffled)
    let range = try #require(MeanExtremesRange().range(of: straight).range)
    let count = Double(samples.count)
    let magnitude = samples.map { Double($0.map(\.magnitude).max() ?? 0) }.reduce(0, +) / count
    let upper = samples.map { Double($0.max() ?? 0) }.reduce(0, +) / count
    let lower = samples.map { Double($0.min() ?? 0) }.reduce(0, +) / count
    #expect(abs(Double(range.amax) / magnitude - 1) < 1e-6)
    #expect(abs(Double(range.upper) - upper) < 1e-5 && abs(Double(range.lower) - lower) < 1e-5)
    #expect(range.notes.isEmpty)
  }

  @Test func `without the extremes of samples it says so and spans all`() throws {
    let range = try #require(MeanExtremesRange().range(of: collected([1, -4])).range)
    #expect(range.amax == 4 && range.notes == [.noSampleExtremes])
  }
}

@Suite struct ExactSumTests {
  @Test(arguments: 1...40) func `any order and grouping gives the same sum`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let values = (0..<200).map { _ in random.anyFloat() }.filter(\.isFinite)
    var straight = ExactSum()
    for value in values { straight.add(value) }
    var parts = [ExactSum(), ExactSum()]
    for value in values.shuffled(using: &random) { parts[Int(random.next() % 2)].add(value) }
    parts[0].merge(parts[1])
    #expect(parts[0] == straight)
  }

  @Test func `nothing is lost between the largest and the least numbers`() {
    var sum = ExactSum()
    for value: Float in [.greatestFiniteMagnitude, .leastNonzeroMagnitude, -.greatestFiniteMagnitude] { sum.add(value) }
    #expect(sum.mean(of: 1) == Double(Float.leastNonzeroMagnitude))
    sum.add(-.leastNonzeroMagnitude)
    #expect(sum == ExactSum() && sum.mean(of: 3) == 0)
    sum.add(-3)
    #expect(sum.mean(of: 2) == -1.5)
  }
}

@Suite struct AutomaticRangeTests {
  @Test(arguments: Distribution.all) func `it is never worse than any of its methods`(distribution: Distribution) throws
  {
    for amax in [1.0, 37.5, 1e4] {
      let seen = collected(distribution.values(20_000, amax: amax, seed: 3))
      let error = QuantizationError(seen)
      let chosen = try #require(AutomaticRange().range(of: seen).range)
      let own = error.total(threshold: Double(chosen.amax)).sum
      for other: any RangeEstimator in [MaxRange(), PercentileRange(), EntropyRange(), MeanSquaredErrorRange()] {
        let threshold = try #require(other.range(of: seen).range).amax
        #expect(own <= error.total(threshold: Double(threshold)).sum, "\(type(of: other).name)")
      }
      guard case .chosen(_, let belowMax, let belowNext)? = chosen.notes.last else {
        Issue.record("the choice is not noted: \(chosen.notes)")
        continue
      }
      #expect(belowMax >= 0 && belowNext >= 0 && belowNext <= belowMax + 1e-9)
    }
  }

  @Test func `behind a ReLU the negative values do not count`() throws {
    // A few huge negative values, which a ReLU throws away.
    var values = Distribution.all[0].values(20_000, amax: 1, seed: 4).map(\.magnitude)
    values += Array(repeating: -100, count: 50)
    let seen = collected(values)
    let plain = try #require(AutomaticRange().range(of: seen, use: TensorUse()).range)
    let rectified = try #require(AutomaticRange().range(of: seen, use: TensorUse(isRectified: true)).range)
    #expect(rectified.amax < 2 && plain.amax > 20)
  }

  @Test func `the bound is seen before the choice`() throws {
    let range = try #require(AutomaticRange().range(of: collected([0.5, 1, 0.25, 1]), bound: 1).range)
    #expect(range.amax <= 1)
  }
}

@Suite struct MaskTests {
  private let bulk = Distribution.all[0].values(5000, amax: 6, seed: 5)

  @Test(
    arguments: [-10_000, -65_504, -1e9, -1e38, -.greatestFiniteMagnitude, 1e38] as [Float], RangeMethod.all.map(\.name))
  func `a mask does not erase the bulk`(mask: Float, method: String) throws {
    var values = bulk
    for index in 0..<500 { values.append(mask + bulk[index]) }
    let estimator = try RangeMethod.named(method).make(RangeOptions())
    let free = try #require(estimator.range(of: collected(bulk)).range)
    let range = try #require(estimator.range(of: collected(values), use: TensorUse(masks: .exclude)).range)
    // Coarser bins let entropy move between minima of nearly one depth.
    #expect(abs(range.amax / free.amax - 1) < (method == "entropy" ? 0.15 : 0.06), "\(range.amax) for \(free.amax)")
    guard case .mask(let extreme, let count, true)? = range.notes.first else {
      Issue.record("the mask is not noted: \(range.notes)")
      return
    }
    #expect(count == 500 && abs(extreme / mask - 1) < 0.01)
    let whole = try #require(MaxRange().range(of: collected(values), use: TensorUse(masks: .include)).range)
    #expect(whole.amax >= mask.magnitude)
    #expect(whole.notes.contains { if case .mask(_, _, false) = $0 { true } else { false } })
  }

  @Test func `what is no mask stays`() {
    // Outliers of many sizes, outliers near the bulk, a mask alone, a positive extent beside numbers near 1.
    #expect(collected(bulk + [-50, -100, -2000]).mask == nil)
    #expect(collected(bulk.map { $0 * 100 } + [-2000]).mask == nil)
    #expect(collected([0, 0, -1e9]).mask == nil)
    #expect(collected([1080, 0.5, 1]).mask == nil)
    #expect(collected([]).mask == nil)
  }

  @Test func `masks of both signs go`() throws {
    let (rest, masks) = collected(bulk + [-1e30, 1e20]).withoutMasks()
    #expect(masks.map(\.extreme) == [-1e30, 1e20])
    #expect(rest.amax < 6.1 && rest.histogram.total == UInt64(bulk.count { $0 != 0 }))
  }

  @Test func `splitting the values between collectors changes nothing`() throws {
    let values = bulk + Array(repeating: Float(-1e9), count: 7)
    var parts = [TensorCollector(), TensorCollector()]
    for (index, value) in values.enumerated() { parts[index % 2].collect([value], sample: 0) }
    parts[0].merge(parts[1])
    #expect(parts[0].withoutMasks().rest == collected(values).withoutMasks().rest)
  }
}

@Suite struct CollectorCodingTests {
  @Test(arguments: 1...60) func `what is read back equals what was written`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    var seen = TensorCollector()
    for sample in 0..<Int(random.next() % 6) {
      let values = (0..<Int(random.next() % 300)).map { _ in random.anyFloat() }
      seen.collect(values, sample: sample)
      if seed % 3 == 0 {
        var extremes = seen.sampleExtremes ?? SampleExtremes()
        unsafe values.withUnsafeBufferPointer { unsafe extremes.add($0) }
        seen.sampleExtremes = extremes
      }
    }
    var writer = ByteWriter()
    seen.encode(to: &writer)
    var reader = ByteReader(writer.bytes[...])
    let read = try TensorCollector(from: &reader)
    #expect(read == seen && reader.isAtEnd)
    // What is read back counts on like the original.
    var (a, b) = (seen, read)
    for collector in 0..<2 {
      let more: [Float] = [1e30, -1e-30, 5]
      if collector == 0 { a.collect(more, sample: 9) } else { b.collect(more, sample: 9) }
    }
    #expect(a == b)
  }

  @Test(arguments: 1...60) func `damaged bytes are refused or read as something, and never crash`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    var seen = TensorCollector()
    seen.collect((0..<200).map { _ in random.anyFloat() }, sample: 3)
    var writer = ByteWriter()
    seen.encode(to: &writer)
    var bytes = writer.bytes
    for _ in 0..<3 { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
    bytes.removeLast(Int(random.next() % 20))
    var reader = ByteReader(bytes[...])
    if var read = try? TensorCollector(from: &reader) {
      read.merge(seen)
      _ = MaxRange().range(of: read)
    }
  }
}

private func collected(_ values: [Float]) -> TensorCollector {
  var result = TensorCollector()
  result.collect(values, sample: 0)
  return result
}
