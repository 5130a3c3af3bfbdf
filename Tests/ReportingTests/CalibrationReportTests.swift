import Reporting
import Testing

@Suite struct CalibrationReportTests {
  private func findings(_ change: (inout CalibrationReportInput) -> Void) -> [Finding] {
    var input = SyntheticCalibration.input(tensors: 6, seed: 5, values: 4000)
    input.skipped = []
    input.sampleCount = 500
    change(&input)
    return CalibrationReport.document(input).sections.compactMap { $0 as? FindingsSection }.flatMap(\.findings)
  }

  private func status(_ change: (inout CalibrationReportInput) -> Void) -> Verdict {
    var input = SyntheticCalibration.input(tensors: 6, seed: 5, values: 4000)
    input.skipped = []
    input.sampleCount = 500
    change(&input)
    return CalibrationReport.document(input).verdict
  }

  @Test func `a sound calibration raises nothing`() {
    #expect(findings { _ in } == [])
    #expect(status { _ in } == Verdict(.ok, "All 6 tensors have a usable scale."))
  }

  @Test func `a scale of zero, infinity or NaN fails the report and names its tensors`() {
    let found = findings {
      $0.tensors[1].scale = 0
      $0.tensors[3].scale = .infinity
      $0.tensors[4].scale = .nan
      $0.tensors[5].scale = nil
    }
    #expect(found.map(\.code) == ["unusable-scale"])
    #expect(found.first?.places.count == 4)
    #expect(
      status { $0.tensors[1].scale = 0 } == Verdict(.failed, "5 of 6 tensors have a usable scale; 1 error below."))
  }

  @Test func `dead tensors, non-finite values, skipped samples and clipping are named`() {
    #expect(findings { $0.tensors[2].isDead = true }.map(\.code) == ["dead-tensor"])
    #expect(findings { $0.tensors[2].nanCount = 1 }.map(\.code) == ["non-finite"])
    #expect(findings { $0.tensors[2].clippedShare = 0.011 }.map(\.code) == ["heavy-clipping"])
    let skipped = findings { $0.skipped = [.init("a", reason: "r")] }
    #expect(skipped.map(\.code) == ["skipped-samples"])
    #expect(skipped.first?.places == ["a"])
  }

  @Test(arguments: [(500, nil), (499, .info), (100, .info), (99, .warning)] as [(Int, Finding.Severity?)])
  func `a small set is named by how small it is`(count: Int, severity: Finding.Severity?) {
    #expect(findings { $0.sampleCount = count }.first?.severity == severity)
  }

  @Test func `findings given come with those found, by severity`() {
    let given = Finding(.error, "constant-input", at: ["x"], what: "Constant", evidence: "", cure: "")
    let found = findings {
      $0.findings = [given]
      $0.tensors[0].isDead = true
      $0.tensors[1].clippedShare = 0.5
    }
    #expect(found.map(\.code) == ["constant-input", "dead-tensor", "heavy-clipping"])
  }

  @Test func `a network without tensors is an error, not a crash`() throws {
    let document = PageTests.documents[2]
    #expect(document.verdict == Verdict(.failed, "No tensor was calibrated; 1 error and 1 warning below."))
  }

  @Test(arguments: [4, 12, 500]) func `the terminal's summary has at most twelve lines`(findings: Int) {
    var input = Example.input
    input.findings = (0..<findings).map {
      Finding(.info, "x", at: ["\($0)"], what: String(repeating: "long ", count: 60), evidence: "", cure: "")
    }
    let lines = TerminalRenderer.render(CalibrationReport.document(input)).split(separator: "\n")
    #expect(lines.count == 12)
    #expect(lines.allSatisfy { $0.count <= TerminalRenderer.mostColumns })
  }

  @Test func `histograms that cannot be drawn are refused`() {
    #expect(HistogramBars(.linear, edges: [0, 1], counts: []) == nil)
    #expect(HistogramBars(.linear, edges: [0, 1, 1], counts: [1, 2]) == nil)
    #expect(HistogramBars(.linear, edges: [0, .infinity], counts: [1]) == nil)
    #expect(HistogramBars(.logarithmic, edges: [0, 1], counts: [1]) == nil)
    #expect(HistogramBars(.linear, edges: (0...257).map(Double.init), counts: Array(repeating: 1, count: 257)) == nil)
    #expect(HistogramBars(.linear, edges: [0, 1], counts: [1]) != nil)
  }

  @Test(arguments: [0, .leastNonzeroMagnitude, 1e-40, 1, 3e38, .nan, .infinity] as [Double])
  func `no figure breaks a page`(figure: Double) throws {
    var input = Example.input
    for index in input.tensors.indices {
      input.tensors[index].threshold = Float(figure)
      input.tensors[index].scale = Float(figure)
      input.tensors[index].amax = Float(figure)
      input.tensors[index].smallest = Float(figure)
      input.tensors[index].clippedShare = figure
      if figure > 0, figure.isFinite {
        input.tensors[index].histogram = HistogramBars(.logarithmic, edges: [figure, figure * 2], counts: [.max])
      }
    }
    let document = CalibrationReport.document(input)
    _ = try HTMLPage(HTMLRenderer.render(document))
    #expect(!(try HTMLRenderer.render(document)).contains("=\"nan"))
    _ = (JSONRenderer.render(document), MarkdownRenderer.render(document), TerminalRenderer.render(document))
  }
}
