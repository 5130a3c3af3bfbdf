import Foundation
import ONNX
import TestSupport
import Testing

/// Which samples, methods and plans `qtool compare` takes, and what it refuses before any work is done.
@Suite struct CompareSelectionTests {
  private let workplace: Workplace

  init() throws { workplace = try Workplace(sampleCount: 12) }

  private func run(_ arguments: [String]) throws -> Command.Result { try workplace.command(arguments).run() }

  private func compare(_ arguments: String...) throws -> Command.Result {
    try run(["compare", "in/net.onnx", "--data", "in/samples.npy"] + arguments)
  }

  /// Rows of a table of a report.
  private func rows(_ id: String, of result: Command.Result) throws -> [[String: Any]] {
    try #require(result.code == 0, "\(result.errors)")
    let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let table = (report?["sections"] as? [[String: Any]])?.first { $0["id"] as? String == id }
    return table?["rows"] as? [[String: Any]] ?? []
  }

  @Test func `with a seed the samples are drawn, without one the first are taken`() throws {
    func noise(_ flags: String...) throws -> Double {
      let result = try run(
        ["compare", "in/net.onnx", "--data", "in/samples.npy", "--precisions", "fp16", "--samples", "3", "--json"]
          + flags)
      return try #require(try rows("precisions", of: result).last?["sqnr"] as? Double)
    }
    let first = try noise(), drawn = try noise("--seed", "7")
    #expect(first != drawn)
    #expect(try noise("--seed", "7") == drawn && noise("--seed", "8") != drawn)
  }

  // MARK: Sweeps

  @Test func `a sweep calibrates as a comparison does`() throws {
    try workplace.folder.write(
      "model: in/net.onnx\ndata: in/samples.npy\nlabels: in/none.npy\nmethod: percentile\npercentile: 60\n",
      to: "recipe.yaml")
    let result = try run([
      "compare", "--recipe", "recipe.yaml", "--data", "in/samples.npy", "--calibration-data", "in/samples.npy",
      "--precisions", "int8", "--sweep", "method=percentile", "--json",
    ])
    let whole = try rows("precisions", of: result).last?["sqnr"] as? Double
    let swept = try rows("sweep", of: result).last?["sqnr"] as? Double
    #expect(whole != nil && whole == swept, "\(whole ?? .nan) \(swept ?? .nan)")
  }

  @Test func `a sweep leaves out the samples that a comparison may leave out`() throws {
    try workplace.write(samples: 4, to: "in/spoilt.npy") { $0[70] = .nan }
    let flags = ["--precisions", "fp16", "--sweep", "method=max", "--calibration-data", "in/spoilt.npy"]
    let base = ["compare", "in/net.onnx", "--data", "in/samples.npy"] + flags
    #expect(try run(base).code == 65)
    let result = try run(base + ["--on-bad-sample", "skip"])
    #expect(result.code == 0, "\(result.errors)")
  }

  // MARK: Flags

  @Test(arguments: [
    (["--calibration", "in/net.cache", "--calibration-data", "in/samples.npy"], "--calibration-data"),
    (["--calibration", "in/net.cache", "--method", "max"], "--method"),
    (["--precisions", "fp16", "--metric-goal", "lower"], "--metric-command"),
    (["--precisions", "fp16", "--metric-name", "mine"], "--metric-command"),
    (["--precisions", "fp16", "--keep-fp32", "conv.*", "--keep-fp16", "conv0"], "'conv0'"),
    (["--calibration", "in/net.cache", "--sweep", "method=max"], "--calibration-data"),
  ])
  func `flags that contradict each other are refused`(flags: [String], name: String) throws {
    let made = try workplace.calibrate(["in/net.onnx", "--data", "in/samples.npy", "--output", "in/net.cache"]).run()
    try #require(made.code == 0, "\(made.errors)")
    let result = try run(["compare", "in/net.onnx", "--data", "in/samples.npy"] + flags)
    expectRefusal(result, code: 64, naming: [name], flags.joined(separator: " "))
  }

  @Test func `a calibration may stand beside the data of a sweep`() throws {
    let made = try workplace.calibrate(["in/net.onnx", "--data", "in/samples.npy", "--output", "in/net.cache"]).run()
    try #require(made.code == 0, "\(made.errors)")
    let result = try compare(
      "--calibration", "in/net.cache", "--calibration-data", "in/samples.npy", "--sweep", "method=max")
    #expect(result.code == 0, "\(result.errors)")
  }

  @Test(arguments: [
    ["--profile", "in/none.json"], ["--sweep", "method=guess", "--calibration-data", "in/samples.npy"],
    ["--sweep", "method=max", "--calibration-data", "in/none.npy"], ["--plan", "in/none.json"],
  ])
  func `mistakes are told before the work`(flags: [String]) throws {
    let result = try run(
      [
        "compare", "in/net.onnx", "--data", "in/samples.npy", "--precisions", "fp16", "--metric-command",
        "sh -c 'touch out/ran; echo 1'",
      ] + flags)
    #expect(result.code == 64 || result.code == 66, "\(result.errors)")
    #expect(workplace.written.isEmpty, "\(flags)")
  }

  // MARK: Plans

  private func writePlan(_ node: String = "conv0", digest: String? = nil) throws {
    let model = digest.map { "\"model_sha256\": \"\($0)\"," } ?? ""
    try workplace.folder.write(
      """
      {"format": "qtool/precision-plan/1", \(model) "standard": "fp16",
       "exceptions": [{"node": "\(node)", "precision": "fp32"}]}
      """, to: "in/plan.json")
  }

  private func plan(_ command: String) throws -> Command.Result {
    command == "compare"
      ? try compare("--precisions", "fp16", "--plan", "in/plan.json")
      : try run(["export", "in/net.onnx", "--format", "fp16", "--plan", "in/plan.json", "-o", "out/net.onnx"])
  }

  @Test(arguments: ["compare", "export"])
  func `a plan for another network is refused`(command: String) throws {
    try writePlan("conv9")
    expectRefusal(try plan(command), code: 65, naming: ["in/plan.json", "'conv9'", "'conv0'"], "a strange node")
    try writePlan(digest: String(repeating: "0", count: 64))
    expectRefusal(try plan(command), code: 65, naming: ["in/plan.json", "SHA-256"], "another network")
    try writePlan()
    #expect(try plan(command).code == 0)
  }

  @Test(arguments: ["qdq", "mixed", "trtexec"])
  func `an audit's plan says what does not compute in INT8`(format: String) throws {
    try ONNXWriter.write(Workplace.network(convolutions: 2), to: workplace.path("in/net.onnx"))
    let made = try workplace.calibrate(["in/net.onnx", "--data", "in/samples.npy", "--output", "in/net.cache"]).run()
    try #require(made.code == 0, "\(made.errors)")
    let audit = try run(["fp16-audit", "in/net.onnx", "--data", "in/samples.npy", "--plan", "in/audit.json"])
    try #require(audit.code == 0, "\(audit.errors)")
    #expect(try text(of: workplace.path("in/audit.json")).contains("\"fp16\""))
    try writePlan("conv1")
    for (plan, count) in [("in/audit.json", 2), ("in/plan.json", 1)] {
      let result = try run([
        "export", "in/net.onnx", "--format", format, "--calibration", "in/net.cache.json", "--plan", plan, "-o",
        "out/net.onnx",
      ])
      #expect(result.code == 0, "\(plan): \(result.errors)")
      guard format != "trtexec" else { continue }
      let graph = try ONNXReader.readModel(at: workplace.path("out/net.onnx")).graph
      #expect(graph.nodes.count { $0.opType == "QuantizeLinear" } == count, "\(plan)")
    }
  }
}
