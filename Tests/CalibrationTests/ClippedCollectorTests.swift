import Calibration
import Testing

/// A tensor and what a Clip makes of it, counted at once.
@Suite struct ClippedCollectorTests {
  static let limits: [Float] = [
    6, 1, 8, 0.3, 255, 0x1p-25, 65520, 0x1p-140, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
  ]

  @Test(arguments: 1...80) func `both equal what looking at each gives`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let limit = Self.limits[Int(random.next() % UInt64(Self.limits.count))]
    var pair = ClippedCollector(limit: limit), whole = TensorCollector(), clipped = TensorCollector()
    for _ in 0..<(1 + random.next() % 5) {
      // In any order of ranks, blocks that are full and such that are not.
      let sample = Int(random.next() % 10), values = Self.values(&random, near: limit)
      collect(values, sample: sample, in: &pair, whole: &whole, clipped: &clipped)
    }
    #expect(pair.whole == whole, "limit \(limit)")
    #expect(pair.clipped == clipped, "limit \(limit)")
  }

  @Test(arguments: 1...20) func `both of a long tensor whose parts differ`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let limit: Float = [6, 0.3, 255, 0x1p-10][Int(seed % 4)]
    var pair = ClippedCollector(limit: limit), whole = TensorCollector(), clipped = TensorCollector()
    collect(patchwork(&random), sample: 0, in: &pair, whole: &whole, clipped: &clipped)
    #expect(pair.whole == whole)
    #expect(pair.clipped == clipped)
  }

  @Test(arguments: limits) func `what lies on one side of a bound alone`(limit: Float) {
    let cases: [[Float]] = [[limit], [limit, .infinity], [limit.nextDown], [-1, -.infinity], [.nan], [-0.0, 0], []]
    for values in cases {
      var pair = ClippedCollector(limit: limit), whole = TensorCollector(), clipped = TensorCollector()
      collect(values, sample: 4, in: &pair, whole: &whole, clipped: &clipped)
      #expect(pair.whole == whole, "limit \(limit), \(values)")
      #expect(pair.clipped == clipped, "limit \(limit), \(values)")
    }
  }

  private func collect(
    _ values: [Float], sample: Int, in pair: inout ClippedCollector, whole: inout TensorCollector,
    clipped: inout TensorCollector
  ) {
    unsafe values.withUnsafeBufferPointer { unsafe pair.collect($0, sample: sample) }
    whole.collect(values, sample: sample)
    clipped.collect(values.map { Self.clip($0, pair.limit) }, sample: sample)
  }

  private static func clip(_ x: Float, _ limit: Float) -> Float { x < 0 ? 0 : x > limit ? limit : x }

  private static func values(_ random: inout SplitMix, near limit: Float) -> [Float] {
    let isWild = random.next() % 3 == 0
    let scale = Double(limit) * [0.1, 0.5, 1, 4][Int(random.next() % 4)]
    return (0..<Int(random.next() % 7000)).map { _ in
      if isWild && random.next() % 50 == 0 { return random.anyFloat() }
      return random.next() % 40 == 0 ? limit : Float(random.normal() * scale)
    }
  }
}
