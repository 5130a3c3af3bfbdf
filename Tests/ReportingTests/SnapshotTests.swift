import Reporting
import TestSupport
import Testing

@Suite struct SnapshotTests {
  @Test func `the page is as recorded`() throws {
    #expect(try snapshotDifference(HTMLRenderer.render(Example.document), "calibration.html") == nil)
  }

  @Test func `the JSON form is as recorded`() throws {
    #expect(try snapshotDifference(JSONRenderer.render(Example.document), "calibration.json") == nil)
  }

  @Test func `the Markdown is as recorded`() throws {
    #expect(try snapshotDifference(MarkdownRenderer.render(Example.document), "calibration.md") == nil)
  }

  @Test func `the terminal's summary is as recorded`() throws {
    #expect(try snapshotDifference(TerminalRenderer.render(Example.document), "calibration.txt") == nil)
  }

  @Test func `equal documents give equal bytes`() throws {
    let inputs = (0..<2).map { _ in SyntheticCalibration.input(tensors: 30, seed: 3, values: 500) }
    let pages = try inputs.map { try HTMLRenderer.render(CalibrationReport.document($0)) }
    #expect(pages[0] == pages[1])
    let forms = inputs.map { JSONRenderer.render(CalibrationReport.document($0)) }
    #expect(forms[0] == forms[1])
    #expect(pages[0] != (try HTMLRenderer.render(Example.document)))
  }

  @Test func `the duration stands apart in the JSON form`() {
    var input = Example.input
    let timed = JSONRenderer.render(CalibrationReport.document(input))
    input.seconds = nil
    let untimed = JSONRenderer.render(CalibrationReport.document(input))
    let timing = ",\n  \"timing\": {\n    \"seconds\": 75\n  }"
    #expect(timed.replacing(timing, with: "") == untimed)
    #expect(timed != untimed)
  }
}
