import Calibration
import Testing

@Suite struct EntropyRangeTests {
  /// Where two candidates far apart are as good as each other, a single value moved to the next bin decides between
  /// them, however fine the bins; then the one found must be as good.
  @Test(arguments: Distribution.all, [1.001, 1.414, 1.999])
  func `the threshold is within 1 percent of an exact histogram's, or as good`(_ kind: Distribution, amax: Double) {
    let values = kind.values(1_000_000, amax: amax, seed: 1)
    let statistics = collected(values)
    let zeros = Double(values.count { $0 == 0 })
    for policy in amax == 1.414 ? ZeroPolicy.allCases : [.neighbour] {
      var bins = EntropyReference.histogram(values)
      if policy == .neighbour { bins[0] = bins[1] }
      if policy == .drop { bins[0] -= zeros }
      let exact = EntropyReference.candidate(bins)
      let threshold = EntropyRange(zeros: policy).threshold(of: statistics).amax
      let found = Int((Double(threshold) / amax * 2048).rounded(.down))
      if abs(Double(found - exact)) <= 0.01 * Double(exact) { continue }
      let excess = EntropyReference.divergence(bins, found) / EntropyReference.divergence(bins, exact)
      print("\(kind.testDescription), amax \(amax), \(policy): \(found) for \(exact), divergence times \(excess)")
      #expect(excess <= 1.01)
    }
  }

  @Test(arguments: Distribution.mostlyZero)
  func `where half the values are zero it costs at most 1 dB against max`(_ kind: Distribution) throws {
    for seed: UInt64 in 1...3 {
      let values = kind.values(100_000, amax: 5, seed: seed)
      let statistics = collected(values)
      let entropy = try #require(EntropyRange().range(of: statistics).range)
      let largest = try #require(MaxRange().range(of: statistics).range)
      let loss =
        Int8Reference.signalToNoise(values, amax: largest.amax)
        - Int8Reference.signalToNoise(values, amax: entropy.amax)
      #expect(loss <= 1)
    }
  }

  @Test func `a rectified normal is not clipped at two deviations, unless its zeros count`() {
    var random = SplitMix(seed: 9)
    let statistics = collected((0..<400_000).map { _ in Float(max(0, random.normal())) })
    #expect(EntropyRange().threshold(of: statistics).amax > 3)
    #expect(EntropyRange(zeros: .include).threshold(of: statistics).amax < 2.5)
  }

  @Test func `an input that ends at its range's end gives the bits of real caches`() throws {
    var random = SplitMix(seed: 4)
    let brightness: [Float] = (0..<100_000).map { _ in Float(random.unit()) } + [1]
    let image = brightness.map { ($0 - 0.4465) / 0.2010 }
    let pixels = collected(image)
    #expect(try #require(EntropyRange().range(of: pixels).range).scale.bitPattern == 0x3cb1_ab7d)
    #expect(try #require(MaxRange().range(of: pixels).range).scale.bitPattern == 0x3cb1_a063)
    let sigmoid = collected(brightness)
    #expect(try #require(EntropyRange().range(of: sigmoid).range).scale.bitPattern == 0x3c01_0a14)
    #expect(try #require(EntropyRange().range(of: sigmoid, bound: 1).range).scale.bitPattern == 0x3c01_0204)
  }

  @Test func `a mask gives what TensorRT's caches hold`() throws {
    let masked = collected((0..<1000).map { $0 % 2 == 0 ? -1e38 : 0 })
    #expect(try #require(EntropyRange().range(of: masked).range).scale.bitPattern == 0x7b17_af5f)
  }

  @Test(arguments: 1...8) func `the search equals the definition on whole counts`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let bins = (0..<2048).map { bin in
      Double(random.next() % (1 + UInt64(1000 * exponential(-Double(bin) / 300)))) + (bin == 2047 ? 1 : 0)
    }
    let divergences = DivergenceSearch(bins: bins, levels: 128).divergences()
    #expect(divergences.count == 1921)
    for candidate in stride(from: 128, through: 2048, by: 16) {
      let exact = EntropyReference.divergence(bins, candidate)
      let found = divergences[candidate - 128] * logarithm(2)
      #expect(exact == found || abs(exact - found) < 1e-9 * (1 + exact), "candidate \(candidate)")
    }
  }

  @Test func `a point mass inside the range does not make it clip what lies beyond`() {
    // A normalised picture: half of the pixels black, the others spread over the 8-bit levels.
    let levels = (0..<256).map { (Float($0) / 255 - 0.286) / 0.353 }
    var random = SplitMix(seed: 3)
    let values = (0..<200_000).map { _ in random.next() % 2 == 0 ? levels[0] : levels[Int(random.next() % 256)] }
    let choice = EntropyRange().threshold(of: collected(values))
    #expect(choice.amax > 0.95 * levels[255])
    #expect(choice.notes.contains { if case .lossLimited = $0 { true } else { false } })
  }

  @Test func `a single point is not clipped`() {
    for value: Float in [1, -3e-20, 7e30, .leastNormalMagnitude] {
      let amax = value.magnitude
      #expect(EntropyRange().threshold(of: collected([value, value, 0])).amax == Float(Double(amax) * 2048.5 / 2048))
    }
  }

  private func collected(_ values: [Float]) -> TensorCollector {
    var result = TensorCollector()
    result.collect(values, sample: 0)
    return result
  }
}
