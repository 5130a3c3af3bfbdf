import Evaluation
import Testing

@Suite struct SignificanceTests {
  @Test func `McNemar's test is the exact binomial test of the changed samples`() {
    #expect(McNemar(lost: 0, won: 0).p == 1)
    #expect(abs(McNemar(lost: 6, won: 0).p - 0.03125) < 1e-12)
    #expect(abs(McNemar(lost: 5, won: 0).p - 0.0625) < 1e-12)
    // 2 · (1 + 10 + 45) / 1024
    #expect(abs(McNemar(lost: 8, won: 2).p - 0.109375) < 1e-12)
    #expect(McNemar(lost: 8, won: 2).p == McNemar(lost: 2, won: 8).p)
    #expect(abs(McNemar(lost: 8, won: 2).pOfLoss - 56.0 / 1024) < 1e-12)
    let counted = McNemar(before: [true, true, false, false], after: [true, false, true, false])
    #expect(counted == McNemar(lost: 1, won: 1))
  }

  @Test func `Binomial and hypergeometric tails add up`() {
    #expect(abs(Binomial.upperTail(3, among: 5, p: 0.5) - 0.5) < 1e-12)
    #expect(Binomial.upperTail(0, among: 5, p: 0.1) == 1)
    #expect(Binomial.upperTail(6, among: 5, p: 0.1) == 0)
    #expect(Binomial.upperTail(2, among: 2, p: 1) == 1)
    // The lady tasting tea: all four of four cups right.
    #expect(abs(Binomial.hypergeometricTail(marked: 4, drawn: 4, allMarked: 4, all: 8) - 1.0 / 70) < 1e-12)
    #expect(abs(Binomial.hypergeometricTail(marked: 3, drawn: 4, allMarked: 4, all: 8) - 17.0 / 70) < 1e-12)
    #expect(Binomial.hypergeometricTail(marked: 0, drawn: 4, allMarked: 4, all: 8) == 1)
  }

  @Test func `The smallest drop that a set shows shrinks with its size and grows with chance changes`() {
    let small = Detectability.smallestDrop(count: 200, won: 0)
    let large = Detectability.smallestDrop(count: 5000, won: 0)
    // Six losses without a gain are the least that is significant: 3 % of 200.
    #expect(small > 0.03 && small < 0.08)
    #expect(large < small / 10)
    #expect(Detectability.smallestDrop(count: 200, won: 10) > small)
    #expect(Detectability.smallestDrop(count: 4, won: 0) == 1)
    #expect(Detectability.smallestDrop(count: 0, won: 0) == 1)
  }

  @Test func `A bootstrap interval holds the mean, repeats with its seed and narrows with more samples`() {
    let values = (0..<100).map { Double($0 % 2) }
    let first = Bootstrap(seed: 3).interval(ofMean: values)
    #expect(first == Bootstrap(seed: 3).interval(ofMean: values))
    #expect(first != Bootstrap(seed: 4).interval(ofMean: values))
    guard let first, let wide = Bootstrap(seed: 3).interval(ofMean: Array(values.prefix(10))) else {
      Issue.record("no interval")
      return
    }
    #expect(first.lower < 0.5 && first.upper > 0.5)
    // 1.96 · √(0.25 / 100) on either side
    #expect(abs(first.upper - first.lower - 0.196) < 0.03)
    #expect(wide.upper - wide.lower > 2 * (first.upper - first.lower))
    #expect(Bootstrap().interval(ofMean: []) == nil)
    #expect(Bootstrap().interval(count: 3) { _ in .nan } == nil)
  }

  @Test func `Holm's correction is the textbook's`() {
    let adjusted = MultipleTests.holm([0.01, 0.04, 0.03, 0.005])
    for (found, expected) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) { #expect(abs(found - expected) < 1e-12) }
    #expect(MultipleTests.holm([0.9, 0.8]) == [1, 1])
  }

  @Test func `A permutation test sees a slice that loses more and not one that does not`() {
    let values = (0..<60).map { (index: Int) -> Double in
      let tenths = index < 10 ? 25 + index : index % 7
      return Double(tenths) / 10
    }
    let test = PermutationTest(permutations: 2000, seed: 5)
    #expect(test.p(members: Array(0..<10), values: values) < 0.001)
    #expect(test.p(members: Array(20..<30), values: values) > 0.2)
    #expect(test.p(members: [], values: values) == 1)
    #expect(test.p(members: Array(0..<60), values: values) == 1)
    // Zeros and ones are counted exactly.
    let flags = [1.0, 1, 1, 1, 0, 0, 0, 0]
    #expect(abs(test.p(members: [0, 1, 2, 3], values: flags) - 1.0 / 70) < 1e-12)
  }
}
