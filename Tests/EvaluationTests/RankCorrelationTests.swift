import Evaluation
import TensorCore
import Testing

@Suite struct RankCorrelationTests {
  @Test func `known cases come out`() {
    #expect(RankCorrelation([1, 2, 3, 4], [10, 20, 30, 40]).value() == 1)
    #expect(RankCorrelation([1, 2, 3, 4], [4, 3, 2, 1]).value() == -1)
    // 1 − 6 Σd² / n(n² − 1), with d² = 0, 1, 1, 0.
    #expect(abs(RankCorrelation([1, 2, 3, 4], [1, 3, 2, 4]).value() - 0.8) < 1e-12)
    // The two 2 share the rank 2.5: 4.5 / √(4.5 · 5).
    #expect(abs(RankCorrelation([1, 2, 2, 3], [1, 2, 3, 4]).value() - 4.5 / 22.5.squareRoot()) < 1e-12)
    #expect(RankCorrelation([1, 1], [1, 2]).value().isNaN)
    #expect(RankCorrelation([1, .nan], [1, 2]).value().isNaN)
    #expect(RankCorrelation([], []).value().isNaN)
  }

  @Test func `drawing anew is the same as writing samples down as often as they were drawn`() {
    var generator = SplitMix64(seed: 7)
    for _ in 0..<40 {
      let count = 3 + generator.place(below: 8)
      let x = (0..<count).map { _ in Float(generator.place(below: 5)) }
      let y = (0..<count).map { _ in Float(generator.place(below: 5)) }
      let drawn = (0..<count).map { _ in Int32(generator.place(below: 3)) }
      let copies = drawn.indices.flatMap { Array(repeating: $0, count: Int(drawn[$0])) }
      let expected = Self.definition(copies.map { x[$0] }, copies.map { y[$0] })
      let found = RankCorrelation(x, y).value(drawn: drawn.span)
      #expect(found.isNaN && expected.isNaN || abs(found - expected) < 1e-12)
    }
  }

  /// Pearson's correlation of mean ranks, written down plainly.
  private static func definition(_ x: [Float], _ y: [Float]) -> Double {
    func ranks(_ values: [Float]) -> [Double] {
      values.map { value in
        Double(values.count { $0 < value }) + (Double(values.count { $0 == value }) + 1) / 2
      }
    }
    let a = ranks(x), b = ranks(y)
    let n = Double(a.count)
    let meanA = a.reduce(0, +) / n, meanB = b.reduce(0, +) / n
    let top = zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
    let bottom =
      a.reduce(0) { $0 + ($1 - meanA) * ($1 - meanA) } * b.reduce(0) { $0 + ($1 - meanB) * ($1 - meanB) }
    return bottom > 0 ? top / bottom.squareRoot() : .nan
  }

  @Test func `cosine is that of the angle, and none where there is no angle`() {
    #expect(Cosine.similarity([1, 0], [0, 2]) == 0)
    #expect(abs(Cosine.similarity([1, 1], [2, 2]) - 1) < 1e-15)
    #expect(Cosine.similarity([0, 0], [1, 1]).isNaN)
    #expect(Cosine.similarity([1, .infinity], [1, 1]).isNaN)
  }
}
