import Evaluation
import Testing

@Suite struct DecisionTests {
  @Test func `The first of the largest outputs is the decision`() {
    let tie = Decision([1, 3, 3, 2])
    #expect(tie?.best == 1)
    #expect(tie?.runnerUp == 2)
    #expect(tie?.margin == 0)
    let clear = Decision([-5, -1, -2])
    #expect(clear?.best == 1)
    #expect(clear?.runnerUp == 2)
    #expect(clear?.margin == 1)
  }

  @Test func `NaN never wins, and nothing but NaN is no decision`() {
    #expect(Decision([.nan, 1, .nan, 0])?.best == 1)
    #expect(Decision([.nan, 1, .nan, 0])?.runnerUp == 3)
    #expect(Decision([.nan, .nan]) == nil)
    #expect(Decision([]) == nil)
    #expect(Decision([7])?.margin == .infinity)
    #expect(Decision([.infinity, .infinity])?.margin == 0)
  }

  @Test func `The rank of a label counts what stands before it`() {
    #expect(LabelRank.rank(of: 2, in: [1, 3, 3, 2]) == 1)
    #expect(LabelRank.rank(of: 1, in: [1, 3, 3, 2]) == 0)
    #expect(LabelRank.rank(of: 0, in: [1, 3, 3, 2]) == 3)
    #expect(LabelRank.rank(of: 4, in: [1, 3, 3, 2]) == nil)
    #expect(LabelRank.rank(of: -1, in: [1]) == nil)
    #expect(LabelRank.rank(of: 0, in: [.nan, 1]) == nil)
  }

  @Test func `Probabilities are told from logits and made of them`() {
    #expect(Probabilities.are([0.25, 0.75]))
    #expect(!Probabilities.are([0.25, 0.25]))
    #expect(!Probabilities.are([-0.5, 1.5]))
    let made = Probabilities.softmax([1000, 1000, -.infinity, .nan])
    #expect(made == [0.5, 0.5, 0, 0])
    #expect(Probabilities.softmax([.nan, .nan]) == [0.5, 0.5])
  }

  @Test func `Slices are grouped by column and value, and the damaged one stands first`() {
    let samples = (0..<40).map { [("light", $0 < 8 ? "dim" : "bright"), ("file", "\($0)")] }
    let breakdown = SliceBreakdown(samples)
    #expect(breakdown.groups.map { "\($0.column)=\($0.value)" } == ["light=bright", "light=dim"])
    let findings = breakdown.findings(losses: (0..<40).map { $0 < 6 ? 1 : 0 })
    #expect(findings.first?.group.value == "dim")
    #expect(findings.first?.mean == 0.75)
    #expect(findings.first?.rest == 0)
    #expect((findings.first?.p ?? 1) < 0.001)
    #expect(findings.last?.p == 1)
  }

  @Test func `Errors of signals are those of the definitions`() {
    var error = SignalError()
    error.add([3, 4], [3, 3])
    #expect(abs(error.decibels - 13.979400086720377) < 1e-9)
    #expect(abs(error.cosine - 21 / (5 * 18.0.squareRoot())) < 1e-12)
    #expect(error.greatest == 1)
    error.add([.nan], [1])
    #expect(error.nonFinite == 1)
    #expect(SignalError().decibels.isNaN)
  }

  @Test func `The calibration error compares confidence with accuracy, bin by bin`() {
    var error = CalibrationError(binCount: 10)
    for right in [true, true, false, false] { error.add(confidence: 0.9, isRight: right) }
    #expect(abs(error.expected - 0.4) < 1e-12)
    #expect(CalibrationError().expected.isNaN)
  }
}
