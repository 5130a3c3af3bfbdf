import CalibrationData
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// What a good run says.
@Suite struct ResultTests {
  private let run = ["in/net.onnx", "--data", "in/samples.npy", "--trt-version", "10.9.0", "-o", "out/net.cache"]

  @Test func `the summary of the bundled calibration is as recorded`() throws {
    let folder = try TemporaryFolder()
    let command = Command(
      Checkout.program,
      [
        "calibrate", "--recipe", "Calibration/fashion_resnet.yaml", "--trt-version", "10.9.0",
        "-o", "\(folder.path)/fashion_resnet.cache",
      ], in: Checkout.root)
    let result = try command.run()
    #expect(result.code == 0, "\(result.errors)")
    #expect(folder.entries == ["fashion_resnet.cache", "fashion_resnet.cache.json"])
    let output = result.output.replacing(folder.path, with: "OUT")
    #expect(try snapshotDifference(output, "fashion_resnet.txt") == nil)
  }

  @Test func `quiet says nothing`() throws {
    let workplace = try Workplace()
    let result = try workplace.calibrate(run + ["--quiet"]).run()
    #expect(result.code == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result.errors)")
    #expect(workplace.written == ["out/net.cache", "out/net.cache.json"])
  }

  @Test func `quiet still says why a run failed`() throws {
    let workplace = try Workplace()
    try workplace.write(samples: 2, to: "in/samples.npy") { $0[0] = .nan }
    let result = try workplace.calibrate(run + ["--quiet"]).run()
    expectRefusal(result, code: 65, naming: ["samples.npy#0"], "quiet")
  }

  @Test func `JSON is all that goes to standard output where it is asked for`() throws {
    struct Result: Decodable {
      let network: String
      let samples: Int
      let scales: Int
      let skipped: Int
      let cache: String
      let record: String
    }
    let workplace = try Workplace()
    for flags in [["--json"], ["--json", "--quiet"]] {
      let result = try workplace.calibrate(run + flags).run()
      #expect(result.code == 0, "\(result.errors)")
      let fields = try JSONDecoder().decode(Result.self, from: Data(result.output.utf8))
      #expect(fields.network == "in/net.onnx" && fields.samples == 4 && fields.scales == 3 && fields.skipped == 0)
      #expect(fields.cache == "out/net.cache" && fields.record == "out/net.cache.json")
    }
  }

  @Test func `a standard error that is no terminal gets no progress bar`() throws {
    let workplace = try Workplace()
    let result = try workplace.calibrate(run).run()
    #expect(result.code == 0 && !result.errors.contains("\r") && !result.errors.contains("calibrating"))
  }

  @Test func `the record is JSON that names every line of the cache`() throws {
    struct Record: Decodable {
      struct Tensor: Decodable {
        let name: String
        let scale_bits: String?
      }
      let tensors: [Tensor]
    }
    let workplace = try Workplace()
    #expect(try workplace.calibrate(run).run().code == 0)
    let json = try Data(contentsOf: URL(filePath: workplace.path("out/net.cache.json")))
    let record = try JSONDecoder().decode(Record.self, from: json)
    let lines = try text(of: workplace.path("out/net.cache")).split(separator: "\n").dropFirst().map(String.init)
    #expect(record.tensors.map(\.name) == ["x", "features", "y"])
    #expect(lines == record.tensors.map { "\($0.name): \($0.scale_bits ?? "")" })
  }

  @Test func `patterns that exclude nothing are named, and those that exclude everything refused`() throws {
    let workplace = try Workplace()
    let idle = try workplace.calibrate(run + ["--exclude", "nothing-like-it"]).run()
    #expect(idle.code == 0 && idle.errors.contains("--exclude 'nothing-like-it': no tensor has such a name"))
    let all = try Workplace()
    expectRefusal(try all.calibrate(run + ["--exclude", "."]).run(), code: 64, naming: ["--exclude"], "everything")
    #expect(all.written.isEmpty)
  }

  @Test func `tokens are samples like others`() throws {
    let workplace = try Workplace()
    var model = Model(graph: Graph(name: "tokens"), opsets: ["": 13])
    model.graph.inputs = [ValueInfo(name: "x", elementType: .int64, shape: [.fixed(4)])]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    model.graph.nodes = [
      Node(name: "cast", opType: "Cast", inputs: ["x"], outputs: ["y"], attributes: ["to": .int(1)])
    ]
    try ONNXWriter.write(model, to: workplace.path("in/tokens.onnx"))
    let rows: [Int64] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9]
    try NPYWriter.write(Tensor(rows, shape: [3, 4]), to: workplace.path("in/tokens.npy"))
    let result = try workplace.calibrate(
      ["in/tokens.onnx", "--data", "in/tokens.npy", "-o", "out/t.cache", "--fail-on", "constant-samples"]
    ).run()
    // The last one only.
    #expect(result.code == 1 && result.errors.contains("tokens.npy#2") && !result.errors.contains("tokens.npy#1"))
  }

  @Test func `excluded tensors get no line`() throws {
    let workplace = try Workplace()
    #expect(try workplace.calibrate(run + ["--exclude", "^feat", "--exclude", "^y$"]).run().code == 0)
    let lines = try text(of: workplace.path("out/net.cache")).split(separator: "\n")
    #expect(lines.count == 2 && lines[1].hasPrefix("x: "))
  }
}
