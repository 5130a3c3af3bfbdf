import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct SchemaTests {
  @Test(arguments: PageTests.documents.indices) func `what is written obeys the schema`(index: Int) throws {
    let schema = try #require(SchemaChecker(reportSchema))
    let value = try JSONSerialization.jsonObject(with: Data(JSONRenderer.render(PageTests.documents[index]).utf8))
    #expect(schema.faults(of: value) == [])
  }

  @Test func `the schema refuses what is wrong`() throws {
    let schema = try #require(SchemaChecker(reportSchema))
    let good = JSONRenderer.render(Example.document)
    for (part, wrong) in [
      ("\"formatVersion\": 1", "\"formatVersion\": 2"), ("\"status\": \"failed\"", "\"status\": \"bad\""),
      ("\"nanCount\": 17", "\"nanCount\": 1.5"), ("\"kind\": \"ranges\"", "\"kind\": \"other\""),
      ("\"zerosShare\": 0.5", "\"zeros\": 0.5"), ("\"scaleBits\": \"", "\"scaleBits\": \"x"),
    ] {
      let text = good.replacing(part, with: wrong)
      #expect(text != good)
      #expect(!schema.faults(of: try JSONSerialization.jsonObject(with: Data(text.utf8))).isEmpty, "\(wrong)")
    }
  }

  @Test func `every kind of section has a definition`() throws {
    let schema = try #require(JSONSerialization.jsonObject(with: Data(reportSchema.utf8)) as? [String: Any])
    let definitions = try #require(schema["$defs"] as? [String: Any])
    for kind in sectionKinds { #expect(definitions[kind.kind] != nil) }
    #expect(Set(sectionKinds.map { $0.kind }).count == sectionKinds.count)
  }

  @Test func `a scale is written so that reading it back gives the same bits`() throws {
    for scale in [1.75 / 127, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1] as [Float] {
      let text = JSONValue.float(scale).text.trimmingCharacters(in: .newlines)
      #expect(Float(text)?.bitPattern == scale.bitPattern)
      #expect(Float(try #require(Double(text))).bitPattern == scale.bitPattern)
    }
  }
}
