import Calibration
import Testing

@Suite struct MeanSquaredErrorRangeTests {
  @Test(arguments: Distribution.all, [1.001, 1.6])
  func `no threshold of a fine grid makes a smaller error on the values themselves`(
    _ kind: Distribution, amax: Double
  ) {
    let values = kind.values(30_000, amax: amax, seed: 8)
    let found = MeanSquaredErrorRange().threshold(of: collected(values)).amax
    #expect(found <= Float(amax).nextUp)
    let least = (1...400).map { Int8Reference.squaredError(values, amax: Float(amax) * Float($0) / 400) }.reduce(
      .infinity, min)
    #expect(Int8Reference.squaredError(values, amax: found) <= 1.01 * least)
  }

  @Test(arguments: Distribution.all)
  func `the expected error is the values' own`(_ kind: Distribution) {
    let values = kind.values(200_000, amax: 5, seed: 3)
    let error = QuantizationError(collected(values))
    for threshold: Float in [0.5, 1, 2.5, 4.9, 5] {
      let exact = Int8Reference.squaredError(values, amax: threshold)
      #expect(abs(error.total(threshold: Double(threshold)).sum - exact) <= 0.02 * exact)
    }
    let power = values.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(error.power - power) <= 1e-4 * power)
  }

  @Test func `the whole range is a candidate`() {
    let values = (0..<10_000).map { _ in Float(4) }
    #expect(MeanSquaredErrorRange().threshold(of: collected(values)).amax == 4)
  }

  @Test func `a single outlier among many values is given up`() {
    var random = SplitMix(seed: 1)
    let bulk = (0..<1_000_000).map { _ in Float(random.normal()) }
    #expect(MeanSquaredErrorRange().threshold(of: collected(bulk + [60])).amax < 20)
  }

  private func collected(_ values: [Float]) -> TensorCollector {
    var result = TensorCollector()
    result.collect(values, sample: 0)
    return result
  }
}
