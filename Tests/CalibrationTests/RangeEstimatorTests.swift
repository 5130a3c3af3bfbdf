import Calibration
import Testing

@Suite struct RangeEstimatorTests {
  @Test func `a tensor without a range says why, under every method`() throws {
    for method in RangeMethod.all {
      let estimator = try method.make(RangeOptions())
      #expect(estimator.range(of: TensorCollector()) == .dead(.neverObserved))
      #expect(estimator.range(of: collected([0, -0.0, 0])) == .dead(.allZero))
      #expect(estimator.range(of: collected([.nan, .infinity])) == .dead(.nothingFinite))
      #expect(estimator.range(of: collected([0, .nan])) == .dead(.allZero))
      let tiny = Float.leastNonzeroMagnitude
      #expect(estimator.range(of: collected([tiny])) == .dead(.tooSmall(amax: tiny)))
    }
  }

  @Test func `every method gives a positive finite scale to any other tensor`() throws {
    let tensors: [[Float]] = [
      [0x1p-133, 0], [.greatestFiniteMagnitude, -1], [-1e38, 0.5, 0.25], [3], [-3, -3], [0x1p-100, 0x1p100],
      [0x1p-126, 1],
    ]
    for method in RangeMethod.all {
      for values in tensors {
        let range = try #require(try method.make(RangeOptions()).range(of: collected(values)).range)
        #expect(range.scale > 0 && range.scale.isFinite, "\(method.name) of \(values)")
        #expect(range.lower <= range.upper && range.lower.isFinite && range.upper.isFinite)
        // Only least squared error looks for ends of its own, which may clip less than the symmetric threshold.
        if !["mse", "auto"].contains(method.name) {
          #expect(range.lower >= -range.amax && range.upper <= range.amax, "\(method.name) of \(values)")
        }
        #expect(range.method == method.name)
      }
    }
  }

  @Test func `NaN and infinities are left out and noted with their first sample`() throws {
    var seen = collected([1, -2])
    seen.collect([.nan, .nan, 3], sample: 6)
    seen.collect([-.infinity, .nan], sample: 4)
    let range = try #require(MaxRange().range(of: seen).range)
    #expect(range.amax == 3 && range.lower == -2 && range.upper == 3)
    #expect(range.notes == [.notNumbers(count: 3, firstSample: 4), .infinities(count: 1, firstSample: 4)])
    #expect(range.notes[0].description == "3 NaN left out, first in sample 4")
  }

  @Test func `a bound lowers a threshold that passes it and no other`() throws {
    let sigmoid = collected([0.25, 0.5, 1])
    let range = try #require(EntropyRange().range(of: sigmoid, bound: 1).range)
    #expect(range.amax == 1 && range.notes == [.bounded(threshold: Float(2048.5 / 2048))])
    #expect(try #require(MaxRange().range(of: sigmoid, bound: 1).range).notes.isEmpty)
    #expect(try #require(MaxRange().range(of: sigmoid, bound: 6).range).amax == 1)
  }

  @Test func `a threshold past the largest number is lowered to it`() throws {
    let range = try #require(EntropyRange().range(of: collected([.greatestFiniteMagnitude])).range)
    #expect(range.amax == .greatestFiniteMagnitude && range.notes == [.overflowed])
  }

  @Test func `max divides by 127 in binary32`() throws {
    for value: Float in [1, 2.64, 0.1, 1e-20] {
      #expect(try #require(MaxRange().range(of: collected([value, -value / 2])).range).scale == value / 127)
    }
  }

  @Test func `methods are found by name, others are refused with the names there are`() throws {
    #expect(RangeMethod.all.map(\.name) == ["entropy", "percentile", "mse", "max", "legacy", "mean", "auto"])
    #expect(try RangeMethod.named("mse").make(RangeOptions()) is MeanSquaredErrorRange)
    let error = #expect(throws: RangeMethodError.self) { try RangeMethod.named("minmax") }
    #expect(
      error?.description
        == "calibration method: expected one of entropy, percentile, mse, max, legacy, mean, auto, found 'minmax'; choose one of these"
    )
  }

  @Test(arguments: [0, -1, 100.001, .nan, .infinity])
  func `an impossible percentile is refused`(percent: Double) throws {
    var options = RangeOptions()
    options.percent = percent
    let method = try RangeMethod.named("percentile")
    #expect(throws: RangeMethodError.self) { try method.make(options) }
  }

  private func collected(_ values: [Float]) -> TensorCollector {
    var result = TensorCollector()
    result.collect(values, sample: 0)
    return result
  }
}
