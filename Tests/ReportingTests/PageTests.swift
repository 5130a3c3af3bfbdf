import Foundation
import Reporting
import Testing

@Suite struct PageTests {
  static let documents = [
    Example.document,
    CalibrationReport.document(SyntheticCalibration.input(tensors: 40, seed: 1, values: 300)),
    CalibrationReport.document(SyntheticCalibration.input(tensors: 0, seed: 1)),
    LineChartTests.document,
  ]

  @Test(arguments: documents.indices) func `tags are balanced, names unique, links lead somewhere`(index: Int) throws {
    let tags = try HTMLPage(HTMLRenderer.render(Self.documents[index])).tags
    let names = tags.compactMap { $0.attributes["id"] }
    #expect(names.count == Set(names).count)
    for tag in tags {
      if let link = tag.attributes["href"] {
        #expect(link.hasPrefix("#") && names.contains(String(link.dropFirst())), "\(link)")
      }
      for label in tag.attributes["aria-labelledby"]?.split(separator: " ") ?? [] {
        #expect(names.contains(String(label)))
      }
    }
  }

  @Test(arguments: documents.indices) func `the page needs nothing but itself`(index: Int) throws {
    let page = try HTMLRenderer.render(Self.documents[index])
    for tag in try HTMLPage(page).tags {
      #expect(tag.attributes["src"] == nil && tag.name != "link" && tag.name != "iframe")
    }
    for word in ["http:", "https:", "url(", "@import", "fetch(", "{{"] { #expect(!page.contains(word)) }
  }

  @Test func `verdict and key numbers come first, then findings`() throws {
    let page = try HTMLRenderer.render(Example.document)
    let order = [
      "class=\"verdict", "id=\"key-numbers\"", "id=\"findings\"", "id=\"ranges\"", "id=\"tensors\"",
      "id=\"distributions\"", "id=\"provenance\"",
    ]
    let places = try order.map { try #require(page.firstRange(of: $0)?.lowerBound, "\($0)") }
    #expect(places == places.sorted())
  }

  @Test func `two hundred tensors stay light`() throws {
    let input = SyntheticCalibration.input(tensors: 200, seed: 2, values: 20_000)
    let size = try HTMLRenderer.render(CalibrationReport.document(input)).utf8.count
    #expect(size < 3_000_000)
    let one = SyntheticCalibration.input(tensors: 1, seed: 2, values: 20_000)
    let base = try HTMLRenderer.render(CalibrationReport.document(one)).utf8.count
    #expect((size - base) / 199 < 20_000)
  }

  @Test func `the templates ask for nothing that the sections do not give`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../Sources/Reporting/Templates")
    let templates = [
      "keyNumbers": ["key-numbers"], "findings": ["findings"], "ranges": ["ranges"], "table": ["table"],
      "distributions": ["distributions", "histogram"], "lines": ["lines", "line"],
    ]
    var input = Example.input
    input.findings = [
      Finding(.info, "x", at: (0..<9).map { "place \($0)" }, what: "What", evidence: "Evidence", cure: "Cure")
    ]
    for section in CalibrationReport.document(input).sections + LineChartTests.document.sections {
      let given = names(in: section.view)
      for name in try #require(templates[type(of: section).kind]) {
        let source = try String(contentsOf: folder.appending(path: "\(name).mustache"), encoding: .utf8)
        for tag in source.matches(of: /\{\{[#^\/]?([A-Za-z]+)\}\}/) {
          #expect(given.contains(String(tag.1)), "\(name): \(tag.1)")
        }
      }
    }
  }

  private func names(in value: Any) -> Set<String> {
    if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(names(in: $1)) } }
    guard let view = value as? [String: Any] else { return [] }
    return view.values.reduce(into: Set(view.keys)) { $0.formUnion(names(in: $1)) }
  }
}
