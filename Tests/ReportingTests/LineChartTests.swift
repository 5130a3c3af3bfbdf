import Reporting
import TestSupport
import Testing

@Suite struct LineChartTests {
  private static let chart = LineChart(
    id: "convergence-1", title: "Scales <by> samples", x: .init("samples", .logarithmic),
    y: .init("scale against the final one", including: [0]),
    series: [
      .init(
        Example.hostileName, [.init(5, 0.5), .init(10, .nan), .init(20, 0.9), .init(50, 1, interval: 0.9...1.1)]),
      .init("b", [.init(5, 0.25), .init(10, 0.5, interval: 0.4...0.75), .init(50, 1, interval: 1...1)]),
      .init("cloud", [.init(7, 0.3), .init(0, 0.4)], isJoined: false, labels: ["seventh", "never drawn"]),
    ],
    levels: [.init("limit", 0.99), .init("none", .infinity)])

  static let document = ReportDocument(
    kind: "calibration", toolVersion: "0.1.0", title: "Curves", subtitle: "", verdict: Verdict(.ok, "Fine."), facts: [],
    sections: [
      LineChartSection(
        id: "curves", title: "Curves", note: "They <flatten> out.",
        charts: [
          chart,
          LineChart(id: "empty", title: "Empty", x: .init("x"), y: .init("y", .logarithmic), series: []),
          LineChart(
            id: "flat", title: "Flat", x: .init("x"), y: .init("y"), series: [.init("one", [.init(3, 2)])]),
        ])
    ])

  @Test func `the page, the JSON form and the Markdown are as recorded`() throws {
    #expect(try snapshotDifference(HTMLRenderer.render(Self.document), "lines.html") == nil)
    #expect(try snapshotDifference(JSONRenderer.render(Self.document), "lines.json") == nil)
    #expect(try snapshotDifference(MarkdownRenderer.render(Self.document), "lines.md") == nil)
  }

  @Test func `a point without a place interrupts the line`() throws {
    let page = try HTMLRenderer.render(Self.document)
    let tags = try HTMLPage(page).tags
    let lines = tags.filter { $0.attributes["class"]?.hasPrefix("line ") ?? false }.compactMap { $0.attributes["d"] }
    #expect(lines.count == 3)
    #expect(lines[0].count { $0 == "M" } == 2 && lines[0].hasPrefix("M0 "))
    #expect(lines[1].count { $0 == "M" } == 1 && lines[1].count { $0 == "L" } == 2)
    #expect(tags.count { $0.name == "circle" } == 3 + 3 + 1 + 1)
  }

  @Test func `the figures stand in a table, and in words`() throws {
    let page = try HTMLRenderer.render(Self.document)
    #expect(page.contains("b: from 0.2500 at 5.000 to 1.000 at 50.00"))
    #expect(page.contains("Empty: nothing to draw."))
    #expect(page.contains("<tr><th scope=\"row\">3</th><td>2.000</td></tr>"))
  }

  @Test func `series beyond the sixth differ by their dashes`() throws {
    var document = Self.document
    document.sections = [
      LineChartSection(
        id: "many", title: "Many",
        charts: [
          LineChart(
            id: "m", title: "m", x: .init("x"), y: .init("y"),
            series: (0..<8).map { .init("\($0)", [.init(0, Double($0)), .init(1, 2)]) })
        ])
    ]
    let styles = try HTMLPage(HTMLRenderer.render(document)).tags.compactMap { $0.attributes["class"] }
      .filter { $0.hasPrefix("line ") }
    #expect(Set(styles).count == 8)
  }
}
