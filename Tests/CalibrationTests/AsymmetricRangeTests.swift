import Calibration
import TensorCore
import Testing

@Suite struct AsymmetricRangeTests {
  @Test(arguments: Distribution.all, [1, -1])
  func `no grid of any zero point makes a smaller error on the values themselves`(
    _ kind: Distribution, sign: Float
  ) throws {
    for share: Float in [1, 0.3] {
      let values = kind.values(20_000, amax: 3, seed: 11).map { sign * ($0 < 0 ? share * $0 : $0) }
      let ends = try ends(of: values)
      let error = squaredError(values, grid(ends))
      let least = min(0, values.min() ?? 0)
      let span = max(0, values.max() ?? 0) - least
      let natural = Int32(-least / span * 255)
      var reference = Double.infinity
      for step in 10...30 {
        for zeroPoint in stride(from: max(0, natural - 24), through: min(255, natural + 24), by: 6) {
          reference = min(reference, squaredError(values, affineGrid(span / 254 * Float(step) / 30, zeroPoint)))
        }
      }
      // The values are a sample: a grid may suit it by chance.
      #expect(error <= 1.03 * reference, "\(ends)")
    }
  }

  @Test(arguments: Distribution.all) func `it clips less than symmetric codes do, and spans 0`(_ kind: Distribution)
    throws
  {
    let values = kind.values(20_000, amax: 3, seed: 5)
    let range = try #require(MeanSquaredErrorRange().range(of: collected(values)).range)
    #expect(range.lower <= 0 && range.upper >= 0)
    // Rounding the zero point may leave a step unused.
    let span = max(0, values.max() ?? 0) - min(0, values.min() ?? 0)
    #expect(range.upper - range.lower <= span * 255 / 253)
    let symmetric = IntegerGrid(scale: range.scale)
    let asymmetric = grid(range.lower...range.upper)
    #expect(squaredError(values, asymmetric) <= 1.02 * squaredError(values, symmetric))
  }

  @Test func `values of one sign get all codes`() throws {
    let values = (1...1000).map { Float($0) / 1000 }
    #expect(try ends(of: values).lowerBound == 0)
    #expect(try ends(of: values.map { -$0 }).upperBound == 0)
    #expect(try ends(of: values).upperBound == -ends(of: values.map { -$0 }).lowerBound)
    #expect(try ends(of: [7]) == 0...7)
  }

  @Test func `values that are codes already stay nearly as they are`() throws {
    // Pixels less a mean: the zero lies between two of them, seven hundredths of a step from one.
    let pixels = (0..<20_000).map { (Float($0 * 7919 % 256) - 72.93) / 90 }
    let error = squaredError(pixels, grid(try ends(of: pixels))) / Double(pixels.count)
    let step = 1.0 / 90
    #expect(error <= 1.1 * 0.07 * 0.07 * step * step)
  }

  @Test func `a bound holds the ends, too`() throws {
    let sigmoid = (0...1000).map { Float($0) / 1000 }
    let range = try #require(MeanSquaredErrorRange().range(of: collected(sigmoid), bound: 1).range)
    #expect(range.lower == 0 && range.upper <= 1)
  }

  @Test func `auto takes the ends of least error`() throws {
    let seen = collected(Distribution.all[0].values(20_000, amax: 3, seed: 2).map { $0 + 1 })
    let own = try #require(MeanSquaredErrorRange().range(of: seen).range)
    let auto = try #require(AutomaticRange().range(of: seen).range)
    #expect(auto.lower == own.lower && auto.upper == own.upper)
  }

  @Test func `evidence, which asks for scales only, gets the same ones without the ends`() throws {
    let seen = collected(Distribution.all[0].values(20_000, amax: 3, seed: 2))
    let whole = MeanSquaredErrorRange().threshold(of: seen), quick = MeanSquaredErrorRange().quick.threshold(of: seen)
    #expect(quick.amax == whole.amax && quick.ends == nil && whole.ends != nil)
  }

  private func ends(of values: [Float]) throws -> ClosedRange<Float> {
    let range = try #require(MeanSquaredErrorRange().range(of: collected(values)).range)
    return range.lower...range.upper
  }

  /// The grid whose first and last numbers are the ends.
  private func grid(_ ends: ClosedRange<Float>) -> IntegerGrid {
    let scale = (ends.upperBound - ends.lowerBound) / 255
    return affineGrid(scale, Int32((-ends.lowerBound / scale).rounded(.toNearestOrEven)))
  }

  private func affineGrid(_ scale: Float, _ zeroPoint: Int32) -> IntegerGrid {
    IntegerGrid(scale: scale, zeroPoint: zeroPoint, codes: IntegerGrid.unsignedCodes)
  }

  private func squaredError(_ values: [Float], _ grid: IntegerGrid) -> Double {
    values.reduce(0) { sum, value in
      let error = Double(value) - Double(grid.rounded(value))
      return sum + error * error
    }
  }

  private func collected(_ values: [Float]) -> TensorCollector {
    var result = TensorCollector()
    result.collect(values, sample: 0)
    return result
  }
}
