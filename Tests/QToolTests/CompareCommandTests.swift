import CalibrationData
import Foundation
import TensorCore
import TestSupport
import Testing

/// `qtool compare` and `qtool report`.
@Suite struct CompareCommandTests {
  private let workplace: Workplace

  init() throws { workplace = try Workplace(sampleCount: 12) }

  private func run(_ arguments: [String]) throws -> Command.Result {
    var command = Command(Checkout.program, arguments, in: workplace.folder.path)
    command.environment["QTOOL_DATA_ROOT"] = .some(nil)
    return try command.run()
  }

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
    _ = try compare("--method", "max", "--json-report", "out/c.json", "--report", "out/c.html", "--markdown", "out/c.md")
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
    // Labels that are the decisions of no network: every answer is wrong or right by chance, and FP32 equals itself.
    let result = try compare("--max-drop", "0%", "--precisions", "fp16", "--json-report", "out/a.json")
    // Without labels there is no metric that could drop.
    #expect(result.code == 0, "\(result.errors)")
    #expect(workplace.written == ["out/a.json"])
  }

  @Test(arguments: [
    ["--precisions", "fp8"], ["--target", "nobody"], ["--max-drop", "much"], ["--max-drop", "-1"],
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
    let all = try compare("--keep-fp32", ".*")
    expectRefusal(all, code: 65, naming: [], "nothing left in INT8")
  }
}
