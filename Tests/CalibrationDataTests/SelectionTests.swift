import CalibrationData
import Testing

@Suite struct SelectionTests {
  @Test func `without a seed the first samples are taken`() {
    #expect(SampleSelection(limit: 3).ranks(of: 10) == [0, 1, 2])
    #expect(SampleSelection().ranks(of: 2) == [0, 1])
    #expect(SampleSelection(limit: 9, seed: 1).ranks(of: 2) == [0, 1])
    #expect(SampleSelection(limit: -1).ranks(of: 2) == [])
  }

  @Test(arguments: 0..<20 as Range<UInt64>) func `a seed draws different samples, always the same`(seed: UInt64) {
    let ranks = SampleSelection(limit: 30, seed: seed).ranks(of: 100)
    #expect(ranks == SampleSelection(limit: 30, seed: seed).ranks(of: 100))
    #expect(ranks == Array(Set(ranks)).sorted())
    #expect(ranks.count == 30 && ranks.allSatisfy((0..<100).contains))
    #expect(ranks != SampleSelection(limit: 30, seed: seed + 1).ranks(of: 100))
  }

  @Test func `every rank is drawn about as often`() {
    var counts = [Int](repeating: 0, count: 10)
    for seed in 0..<2000 as Range<UInt64> {
      for rank in SampleSelection(limit: 3, seed: seed).ranks(of: 10) { counts[rank] += 1 }
    }
    #expect(counts.allSatisfy { (500...700).contains($0) }, "\(counts)")
  }
}
