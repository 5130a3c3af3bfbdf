import CalibrationData
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// `qtool compare` and `qtool report`.
@Suite struct CompareCommandTests {
  private let workplace: Workplace

  init() throws { workplace = try Workplace(sampleCount: 12) }

  private func run(_ arguments: [String]) throws -> Command.Result { try workplace.command(arguments).run() }

  private func compare(_ arguments: String...) throws -> Command.Result {
    try run(
      ["compare", "in/net.onnx", "--data", "in/samples.npy", "--calibration-data", "in/samples.npy"] + arguments)
  }

  @Test func `without labels the outputs are compared, in at most twelve lines`() throws {
    let result = try compare("--layers")
    #expect(result.code == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count <= 12 && lines.allSatisfy { $0.count <= 100 })
    #expect(result.output.contains("fp16") && result.output.contains("int8") && result.output.contains("dB"))
  }

  @Test func `two runs give the same JSON, whatever the number of threads`() throws {
    for (threads, name) in [("1", "a"), ("3", "b")] {
      let result = try compare("--threads", threads, "--layers", "--json-report", "out/\(name).json", "--quiet")
      #expect(result.code == 0 && result.output.isEmpty, "\(result.errors)")
    }
    func report(_ name: String) throws -> String {
      let text = try String(contentsOfFile: workplace.path("out/\(name).json"), encoding: .utf8)
      guard let timing = text.range(of: "\"timing\"") else { return text }
      return String(text[..<timing.lowerBound])
    }
    #expect(try report("a") == report("b"))
    #expect(try report("a").contains("\"kind\": \"comparison\""))

    let same = try run(["report", "out/a.json", "out/b.json"])
    #expect(same.code == 0 && same.output.contains("Nothing changed"), "\(same.output)\(same.errors)")
    _ = try compare(
      "--method", "max", "--json-report", "out/c.json", "--report", "out/c.html", "--markdown", "out/c.md")
    let other = try run(["report", "out/a.json", "out/c.json", "--markdown"])
    #expect(other.code == 0 && other.output.contains("changed"), "\(other.output)")
    #expect(Set(workplace.written).isSuperset(of: ["out/c.html", "out/c.md", "out/c.json"]))
  }

  @Test func `a sweep shows every method and number of samples`() throws {
    let result = try compare("--sweep", "method=max,mse", "samples=2,12", "--json")
    #expect(result.code == 0, "\(result.errors)")
    struct Report: Decodable {
      struct Section: Decodable {
        struct Row: Decodable {
          let method: String?
          let samples: Int?
        }
        let id: String
        let rows: [Row]?
      }
      let sections: [Section]
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    let rows = report.sections.first { $0.id == "sweep" }?.rows ?? []
    #expect(rows.map { "\($0.method ?? "")\($0.samples ?? 0)" } == ["max2", "mse2", "max12", "mse12"])
  }

  @Test func `a drop beyond the limit is exit code 1, and the report is written`() throws {
    let result = try compare(
      "--max-drop", "0.1", "--precisions", "fp16", "--json-report", "out/a.json", "--metric-command",
      "sh -c 'test $QTOOL_PRECISION = fp32 && echo 1 || echo 0.8'")
    #expect(result.code == 1 && result.errors.contains("found more"), "\(result.errors)")
    #expect(workplace.written == ["out/a.json"])
  }

  @Test(arguments: [
    ["--precisions", "fp8"], ["--target", "nobody"], ["--max-drop", "much"], ["--max-drop", "nan"],
    ["--keep-fp32", "["], ["--keep-fp16", "nothing-like-it"], ["--sweep", "samples=0"], ["--rounding", "never"],
    ["--sweep", "method=guess"],
  ])
  func `a value that makes no sense is refused`(flags: [String]) throws {
    let result = try run(
      ["compare", "in/net.onnx", "--data", "in/samples.npy", "--calibration-data", "in/samples.npy"] + flags)
    expectRefusal(result, code: 64, naming: [], flags.joined(separator: " "))
  }

  @Test func `files that are missing or of another kind are refused`() throws {
    let base = ["compare", "in/net.onnx", "--data", "in/samples.npy"]
    expectRefusal(try run(base), code: 64, naming: ["INT8"], "no calibration")
    expectRefusal(try run(base + ["--calibration", "in/no.cache"]), code: 66, naming: ["in/no.cache"], "no cache")
    try workplace.folder.write("TRT-8601-MinMaxCalibration\nother: 3c010a14\n", to: "in/other.cache")
    expectRefusal(
      try run(base + ["--calibration", "in/other.cache"]), code: 65, naming: ["other.cache"], "another network's cache")
    try workplace.folder.write("{}", to: "in/plan.json")
    expectRefusal(
      try run(base + ["--precisions", "fp16", "--plan", "in/plan.json"]), code: 65, naming: ["in/plan.json"], "no plan")
    expectRefusal(try run(["report", "in/a.json", "in/b.json"]), code: 66, naming: ["in/a.json"], "no report")
    expectRefusal(try run(["report", "in/plan.json", "in/plan.json"]), code: 65, naming: ["in/plan.json"], "no report")
  }

  @Test func `a plan is one more column, and kept nodes leave INT8`() throws {
    try workplace.folder.write(
      #"{"format": "qtool/precision-plan/1", "standard": "fp16", "exceptions": []}"#, to: "in/plan.json")
    let result = try compare("--plan", "in/plan.json", "--precisions", "bf16", "--json")
    #expect(result.code == 0 && result.output.contains("\"plan\""), "\(result.errors)")
    // Everything kept: INT8 is FP32, bit for bit.
    let all = try compare("--keep-fp32", ".*", "--precisions", "int8")
    #expect(all.code == 0 && all.output.contains("identical"), "\(all.output)\(all.errors)")
  }

  // MARK: The published form

  /// The JSON Schema that the repository publishes.
  private func schema() throws -> SchemaChecker {
    let text = try String(
      contentsOfFile: "\(Checkout.root)/Sources/Reporting/Schemas/report-1.schema.json", encoding: .utf8)
    return try #require(SchemaChecker(text))
  }

  @Test func `what is written obeys the published schema, of comparisons and of differences`() throws {
    let profile = try workplace.folder.write(
      #"[{"count": 10}, {"name": "conv0 + last", "timeMs": 5, "averageMs": 0.5, "percentage": 100}]"#,
      to: "in/profile.json")
    let all = try compare(
      "--layers", "--profile", profile, "--sweep", "method=max,mse", "samples=2,12", "--keep-fp16", "last",
      "--json-report", "out/a.json", "--quiet")
    #expect(all.code == 0, "\(all.errors)")
    _ = try compare("--method", "max", "--json-report", "out/b.json", "--quiet")
    let difference = try run(["report", "out/a.json", "out/b.json", "--json"])
    let schema = try schema()
    let comparison = try String(contentsOfFile: workplace.path("out/a.json"), encoding: .utf8)
    for (kind, text) in [("comparison", comparison), ("difference", difference.output)] {
      let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
      #expect((value as? [String: Any])?["kind"] as? String == kind)
      #expect(schema.faults(of: value) == [], "\(kind)")
    }
    // A row without a member that programs rely on does not pass.
    let spoilt = comparison.replacing("\"integerShare\"", with: "\"share\"")
    #expect(schema.faults(of: try JSONSerialization.jsonObject(with: Data(spoilt.utf8))) != [])
  }

  // MARK: Layers and their times

  private struct Report: Decodable {
    struct Section: Decodable {
      struct Row: Decodable {
        let node: String?
        let milliseconds: Double?
        let atOutput: Double?
        let local: Double?
        let total: Double?
      }
      struct Chart: Decodable {
        struct Series: Decodable {
          let name: String
          let x: [Double]
        }
        let id: String
        let series: [Series]
      }
      struct Entry: Decodable {
        let code: String
        let evidence: String
      }
      let id: String
      let rows: [Row]?
      let charts: [Chart]?
      let findings: [Entry]?
    }
    let sections: [Section]
  }

  private func sections(_ arguments: [String]) throws -> [String: Report.Section] {
    let result = try run(
      ["compare", "in/net.onnx", "--data", "in/samples.npy", "--calibration-data", "in/samples.npy", "--json"]
        + arguments)
    #expect(result.code == 0, "\(result.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    return Dictionary(report.sections.map { ($0.id, $0) }) { first, _ in first }
  }

  @Test func `layers are measured in every precision, and mixtures drawn by their share of the work`() throws {
    try ONNXWriter.write(Workplace.network(convolutions: 4), to: workplace.path("in/net.onnx"))
    let found = try sections(["--layers"])
    for precision in ["fp16", "int8"] {
      let rows = found["layers-\(precision)"]?.rows ?? []
      #expect(Set(rows.compactMap(\.node)) == ["conv0", "conv1", "conv2", "conv3"])
      // The costliest first, and a layer inherits more than it makes.
      let costs = rows.compactMap(\.atOutput)
      #expect(costs == costs.sorted() && costs.count == 4)
      let last = rows.first { $0.node == "conv3" }
      #expect((last?.local ?? 0) > (last?.total ?? .infinity), "\(precision)")
    }
    let half = found["layers-fp16"]?.rows?.compactMap(\.atOutput).min() ?? 0
    #expect(half > (found["layers-int8"]?.rows?.compactMap(\.atOutput).max() ?? .infinity), "FP16 costs less")
    let names = found["layer-charts"]?.charts?.first?.series.map(\.name) ?? []
    #expect(names.count == 4 && names.contains { $0.hasPrefix("fp16") } && names.contains { $0.hasPrefix("int8") })
    let shares = found["mixed"]?.charts?.first { $0.id == "mixed-multiplications-sqnr" }?.series.first?.x ?? []
    #expect(shares.first == 0 && shares.last == 100 && shares == shares.sorted() && shares.count == 5)
  }

  @Test func `the times of a profile go to the nodes that its layers join`() throws {
    try workplace.folder.write(
      """
      [ { "count" : 20 }
      , { "name" : "Reformatting CopyNode for Input Tensor 0 to conv0", "timeMs" : 2, "averageMs" : 0.1, "percentage" : 5 }
      , { "name" : "conv0 + last", "timeMs" : 10.0, "averageMs" : 0.5, "medianMs" : 0.5, "percentage" : 95 }
      ]
      """, to: "in/profile.json")
    let found = try sections(["--layers", "--profile", "in/profile.json"])
    #expect(found["layers-int8"]?.rows?.first?.milliseconds == 0.5)
    let finding = found["findings"]?.findings?.first { $0.code == "profile" }
    #expect(finding?.evidence.contains("0.1000 of 0.6000 ms") == true, "\(finding?.evidence ?? "")")
    let times = found["mixed"]?.charts?.first { $0.id == "mixed-milliseconds-sqnr" }?.series.first?.x
    #expect(times?.first == 0 && times?.last == 0.5)
    // The sum over all runs where there is no mean.
    try workplace.folder.write(
      #"[{"count": 20}, {"name": "PWN(conv0)", "timeMs": 10.0}]"#, to: "in/profile.json")
    let other = try sections(["--layers", "--profile", "in/profile.json"])
    #expect(other["layers-int8"]?.rows?.first?.milliseconds == 0.5)
  }

  @Test(arguments: [
    ("{}", "list"), (#"[{"name": "conv0"}]"#, "timeMs"), (#"[{"name": "other", "averageMs": 1}]"#, "another network"),
    (#"[{"name": "conv0", "averageMs": -1}]"#, "milliseconds"), ("[", "profile.json"),
  ]) func `a profile that makes no sense is refused`(text: String, name: String) throws {
    try workplace.folder.write(text, to: "in/profile.json")
    let result = try run(
      ["compare", "in/net.onnx", "--data", "in/samples.npy", "--precisions", "fp16", "--profile", "in/profile.json"])
    expectRefusal(result, code: 65, naming: [name], text)
  }
}
