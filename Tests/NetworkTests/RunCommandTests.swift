import Foundation
import ONNX
import Pipeline
import TensorCore
import TestSupport
import Testing

/// `qtool run`: one run, saved.
@Suite struct RunCommandTests {
  private struct Index: Decodable {
    struct Entry: Decodable {
      let name: String
      let node: String?
      let is_output: Bool
      let element_type: String
      let shape: [Int]
      let file: String
    }
    let tensors: [Entry]
  }

  /// `a` and `b` (ids) → names that no file can bear → `sum/one`, `sum:one` and an int output.
  private static func network() -> Model {
    var model = Model(graph: Graph(name: "odd"), opsets: ["": 17])
    model.graph.inputs = [
      ValueInfo(name: "a=b", elementType: .float32, shape: [.symbolic("N"), .fixed(3)]),
      ValueInfo(name: "ids", elementType: .int64, shape: [.symbolic("N")]),
    ]
    model.graph.nodes = [
      Node(name: "n0", opType: "Relu", inputs: ["a=b"], outputs: ["../escape"]),
      Node(name: "n1", opType: "Add", inputs: ["../escape", "a=b"], outputs: ["sum/one"]),
      Node(name: "n2", opType: "Neg", inputs: ["sum/one"], outputs: ["sum:one"]),
      Node(name: "n3", opType: "Neg", inputs: ["sum:one"], outputs: ["SUM_one"]),
      Node(name: "n4", opType: "Mul", inputs: ["ids", "ids"], outputs: [String(repeating: "long", count: 200)]),
    ]
    model.graph.outputs = ["sum/one", "sum:one", "SUM_one", String(repeating: "long", count: 200)].map {
      ValueInfo(name: $0, elementType: nil, shape: nil)
    }
    return model
  }

  /// A folder with the network and values for it, and the program to run there.
  private struct Place {
    let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try ONNXWriter.write(RunCommandTests.network(), to: "\(folder.path)/net.onnx")
      try NPYFile.write(Tensor([1, -2, 3, -4, 5, -6] as [Float], shape: [2, 3]), to: "\(folder.path)/a.npy")
      try NPYFile.write(Tensor([3, 4] as [Int64], shape: [2]), to: "\(folder.path)/ids.npy")
    }

    func run(_ arguments: [String]) throws -> Command.Result {
      try Command(Checkout.program, ["run", "net.onnx", "--output-dir", "out"] + arguments, in: folder.path).run()
    }

    func index() throws -> Index {
      try JSONDecoder().decode(Index.self, from: Data(contentsOf: URL(filePath: "\(folder.path)/out/index.json")))
    }
  }

  private let inputs = ["--input", "a=b=a.npy", "--input", "ids=ids.npy"]

  @Test func `each output becomes a file, and the index says which`() throws {
    let place = try Place()
    let result = try place.run(inputs)
    #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
    let index = try place.index()
    #expect(index.tensors.map(\.name) == Self.network().graph.outputs.map(\.name))
    #expect(index.tensors.map(\.node) == ["n1", "n2", "n3", "n4"])
    #expect(index.tensors.allSatisfy { $0.is_output })
    let files = index.tensors.map(\.file)
    #expect(Set(files.map { $0.lowercased() }).count == 4, "\(files)")
    #expect(
      place.folder.entries.filter { $0.hasPrefix("out/") } == (files + ["index.json"]).map { "out/" + $0 }.sorted())
    let tensors = try files.map { try NPYFile.read("\(place.folder.path)/out/\($0)") }
    #expect(tensors[0].array(of: Float.self) == [2, -2, 6, -4, 10, -6])
    #expect(tensors[1].array(of: Float.self) == [-2, 2, -6, 4, -10, 6])
    #expect(tensors[3].array(of: Int64.self) == [9, 16])
    #expect(index.tensors[3].element_type == "int64" && index.tensors[3].shape == [2])
  }

  @Test func `all tensors are saved where that is asked for`() throws {
    let place = try Place()
    #expect(try place.run(inputs + ["--all-tensors"]).code == 0)
    let index = try place.index()
    #expect(index.tensors.map(\.name).prefix(4) == ["a=b", "ids", "../escape", "sum/one"])
    #expect(index.tensors.count == 7)
    let hidden = try #require(index.tensors.first { $0.name == "../escape" })
    #expect(!hidden.is_output && !hidden.file.contains("/") && !hidden.file.hasPrefix("."))
    #expect(try NPYFile.read("\(place.folder.path)/out/\(hidden.file)").array(of: Float.self) == [1, 0, 3, 0, 5, 0])
  }

  @Test func `what does not fit is refused`() throws {
    let place = try Place()
    let cases: [(arguments: [String], code: Int32, says: String)] = [
      (["--input-shape", "a=b:2x3"], 64, "input 'a=b': expected its values, found none"),
      (["--input", "a=b=a.npy"], 64, "input 'ids'"),
      (inputs + ["--input", "ids=ids.npy"], 64, "'ids' twice"),
      (inputs + ["--input-shape", "a=b:1x3"], 64, "expected [1, 3]"),
      (inputs + ["--input-shape", "c:1x3"], 64, "found 'c'"),
      (["--input", "c=a.npy"], 64, "one of the inputs a=b, ids, found 'c=a.npy'"),
      (["--input", "a=b=a.txt"], 64, "a.txt"),
      (["--input", "a=b=none.npy", "--input", "ids=ids.npy"], 66, "none.npy"),
      (["--input", "a=b=ids.npy", "--input", "ids=ids.npy"], 65, "'a=b'"),
      (["--input", "a=b=a.npy", "--input", "ids=a.npy"], 65, "'ids'"),
    ]
    for (arguments, code, says) in cases {
      let result = try place.run(arguments)
      #expect(result.code == code && result.errors.contains(says), "\(arguments): \(result.code), \(result.errors)")
      #expect(result.errorLines.count == 1 && result.output.isEmpty)
    }
    #expect(!place.folder.entries.contains("out/index.json"))
  }

  @Test func `--input-shape is met where it is right`() throws {
    let place = try Place()
    #expect(try place.run(inputs + ["--input-shape", "a=b:2x3", "--json"]).code == 0)
  }
}
