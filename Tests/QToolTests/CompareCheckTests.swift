import CalibrationData
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// What `qtool compare` refuses or lets fail, rather than call it well.
@Suite struct CompareCheckTests {
  private let workplace: Workplace

  init() throws { workplace = try Workplace(sampleCount: 12) }

  private func run(_ arguments: [String]) throws -> Command.Result { try workplace.command(arguments).run() }

  private func compare(_ arguments: String...) throws -> Command.Result {
    try run(["compare", "in/net.onnx", "--data", "in/samples.npy"] + arguments)
  }

  /// `y = x · factor` in place of the network.
  private func writeProduct(_ factor: Float, shape: [Int] = Workplace.sampleShape) throws {
    var model = Model(graph: Graph(name: "product"), opsets: ["": 13])
    let extents = [Dimension.symbolic("N")] + shape.map(Dimension.fixed)
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: extents)]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: extents)]
    model.graph.initializers["factor"] = Tensor(scalar: factor)
    model.graph.nodes = [Node(name: "show", opType: "Mul", inputs: ["x", "factor"], outputs: ["y"])]
    try ONNXWriter.write(model, to: workplace.path("in/net.onnx"))
  }

  // MARK: Limits

  @Test func `a limit that nothing could exceed is refused`() throws {
    expectRefusal(
      try compare("--precisions", "fp16", "--max-drop", "1%"), code: 64, naming: ["--max-drop", "--metric-command"],
      "no labels")
    expectRefusal(
      try compare("--precisions", "fp32", "--max-drop", "1%"), code: 64, naming: ["--max-drop", "--precisions"],
      "nothing but FP32")
  }

  @Test(arguments: [Float(1e6), .nan])
  func `outputs that are no numbers fail the check, whatever the metric says`(factor: Float) throws {
    try writeProduct(factor)
    let result = try compare("--precisions", "fp16", "--max-drop", "1%", "--metric-command", "sh -c 'echo 1'")
    #expect(result.code == 1 && result.errors.contains("NaN or infinite"), "\(result.errors)")
    #expect(result.output.contains("Failed:"), "\(result.output)")
    // Values that BF16 can hold pass.
    guard factor.isFinite else { return }
    let wide = try compare("--precisions", "bf16", "--max-drop", "1%", "--metric-command", "sh -c 'echo 1'")
    #expect(wide.code == 0, "\(wide.errors)")
  }

  // MARK: Labels

  /// Writes samples of three scores whose greatest is their label; those in `bare` have none.
  private func writeScores(count: Int, bare: Set<Int> = []) throws {
    try writeProduct(1, shape: [3])
    var table = "file,label\n"
    for index in 0..<count {
      var scores: [Float] = [0, 0, 0]
      scores[index % 3] = 1
      try NPYWriter.write(Tensor(scores, shape: [1, 3]), to: workplace.path("in/\(index).npy"))
      table += "\(index).npy,\(bare.contains(index) ? "" : "\(index % 3)")\n"
    }
    try workplace.folder.write(table, to: "in/samples.csv")
  }

  @Test func `a set in which some samples have no label is refused by the first one's name`() throws {
    try writeScores(count: 6, bare: [3, 4])
    let base = ["compare", "in/net.onnx", "--data", "in/samples.csv", "--precisions", "fp16"]
    expectRefusal(try run(base), code: 65, naming: ["3.npy", "label"], "bare samples")
    #expect(try run(base + ["--samples", "3"]).code == 0, "those used have labels")
  }

  @Test func `whether FP32 is right by chance is told by the labels, not by a metric of the user's`() throws {
    try writeScores(count: 24)
    let result = try run([
      "compare", "in/net.onnx", "--data", "in/samples.csv", "--precisions", "fp16", "--json", "--metric-command",
      "sh -c 'echo 0.05'", "--metric-goal", "lower",
    ])
    #expect(result.code == 0 && !result.output.contains("\"chance\""), "\(result.output)\(result.errors)")
  }

  // MARK: Calibrations

  /// A cache of two convolutions, after `change` of its lines.
  private func writeCache(_ change: (String) -> String) throws {
    try ONNXWriter.write(Workplace.network(convolutions: 2), to: workplace.path("in/net.onnx"))
    let made = try workplace.calibrate(["in/net.onnx", "--data", "in/samples.npy", "--output", "in/net.cache"]).run()
    try #require(made.code == 0, "\(made.errors)")
    let lines = try text(of: workplace.path("in/net.cache")).split(separator: "\n").map(String.init)
    try workplace.folder.write(lines.map(change).joined(separator: "\n") + "\n", to: "in/net.cache")
  }

  @Test(arguments: ["7f800000", "00000000", "7fc00000"])
  func `a scale that no grid can have is refused, as export refuses it`(bits: String) throws {
    try writeCache { $0.hasPrefix("features: ") ? "features: \(bits)" : $0 }
    expectRefusal(
      try compare("--calibration", "in/net.cache", "--precisions", "int8"), code: 65,
      naming: ["'features'", "--allow-missing"], bits)
    let rest = try compare("--calibration", "in/net.cache", "--precisions", "int8", "--allow-missing", "--json")
    #expect(rest.code == 0 && rest.output.contains("\"no-scale\""), "\(rest.errors)")
    // The node that is left out says what it computes in.
    let report = try JSONSerialization.jsonObject(with: Data(rest.output.utf8)) as? [String: Any]
    let kept = (report?["sections"] as? [[String: Any]])?.first { $0["id"] as? String == "kept" }
    let row = (kept?["rows"] as? [[String: Any]])?.first
    #expect(row?["node"] as? String == "conv1" && row?["precision"] as? String == "fp32", "\(row ?? [:])")
  }

  @Test func `a name that the network does not have is refused, and told of where it is allowed`() throws {
    try writeCache { $0.replacing("features: ", with: "feature: ") }
    expectRefusal(
      try compare("--calibration", "in/net.cache", "--precisions", "int8"), code: 65,
      naming: ["'feature'", "'features'", "--allow-missing"], "a misspelt name")
    let rest = try compare("--calibration", "in/net.cache", "--precisions", "int8", "--allow-missing")
    #expect(rest.code == 0 && rest.output.contains("Warning: "), "\(rest.errors)")
    #expect(rest.output.contains("no tensors of the network") && rest.output.contains("want of a scale"))
  }

  @Test func `where no scale is usable the message says so`() throws {
    try writeCache { $0.contains(": ") ? $0.prefix { $0 != ":" } + ": 00000000" : $0 }
    let result = try compare("--calibration", "in/net.cache", "--precisions", "int8", "--allow-missing")
    expectRefusal(result, code: 65, naming: ["usable range"], "zeros")
  }

  @Test(arguments: [["--layers"], ["--keep-fp32", "conv0"]])
  func `a network whose only product is taken out of INT8 is compared all the same`(flags: [String]) throws {
    var model = Workplace.network(channels: 1)
    // The target computes this sum in higher precision.
    model.graph.nodes.append(Node(name: "sum", opType: "Add", inputs: ["y", "x"], outputs: ["z"]))
    model.graph.outputs = [ValueInfo(name: "z", elementType: .float32, shape: nil)]
    try ONNXWriter.write(model, to: workplace.path("in/net.onnx"))
    let result = try run(
      ["compare", "in/net.onnx", "--data", "in/samples.npy", "--calibration-data", "in/samples.npy"] + flags)
    #expect(result.code == 0, "\(result.errors)")
  }
}
