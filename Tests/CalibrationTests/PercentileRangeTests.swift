import Calibration
import Testing

@Suite struct PercentileRangeTests {
  @Test(arguments: Distribution.all, [50, 90, 99, 99.9, 99.99, 99.999])
  func `it is the sorted values' to within a bin`(_ kind: Distribution, percent: Double) throws {
    let values = kind.values(100_000, amax: 3.7, seed: 5)
    let found = PercentileRange(percent: percent).threshold(of: collected(values))
    if found.notes.contains(.percentileAmongZeros) {
      #expect(Double(values.count { $0 == 0 }) >= percent / 100 * Double(values.count))
      return
    }
    let sorted = values.map(\.magnitude).sorted()
    let exact = sorted[Int((percent / 100 * Double(values.count)).rounded(.up)) - 1]
    #expect(abs(found.amax - exact) <= max(exact / 128, 4.0 / 16384))
  }

  @Test func `100 percent is the largest magnitude exactly`() {
    for value: Float in [0.1, -7.3, 1e-12, 65504] {
      #expect(PercentileRange(percent: 100).threshold(of: collected([value, value / 3, 0])).amax == value.magnitude)
    }
  }

  @Test(arguments: [1e3, 1e6, 1e9, 1e38])
  func `an outlier far beyond the bulk does not push it to 0`(outlier: Float) {
    var random = SplitMix(seed: 2)
    let bulk = (0..<1_000_000).map { _ in Float(random.normal()) }
    let expected = PercentileRange().threshold(of: collected(bulk)).amax
    let found = PercentileRange().threshold(of: collected(bulk + [outlier])).amax
    #expect(abs(found - expected) <= 0.01 * expected)
  }

  @Test func `where it falls among zeros it is taken among the other values`() {
    var values = [Float](repeating: 0, count: 1_000_000)
    for i in 0..<10 { values[i] = Float(i + 1) }
    let found = PercentileRange().threshold(of: collected(values))
    #expect(found.notes == [.percentileAmongZeros])
    #expect(found.amax > 9 && found.amax <= 10)
  }

  private func collected(_ values: [Float]) -> TensorCollector {
    var result = TensorCollector()
    result.collect(values, sample: 0)
    return result
  }
}
