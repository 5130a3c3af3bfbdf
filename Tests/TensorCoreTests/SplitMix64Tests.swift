import TensorCore
import Testing

@Suite struct SplitMix64Tests {
  /// From the reference implementation with the seed 1234567.
  @Test func `the numbers are those of the reference implementation`() {
    var generator = SplitMix64(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
  }

  @Test(arguments: [1, 2, 3, 10]) func `draws below a bound reach every number and none else`(bound: Int) {
    var generator = SplitMix64(seed: 5)
    #expect(Set((0..<200).map { _ in generator.next(below: bound) }) == Set(0..<bound))
    #expect(Set((0..<200).map { _ in generator.place(below: bound) }) == Set(0..<bound))
  }
}
