import FoundationEssentials
import Glibc
import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct FileFaultTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The message without the folder's name, and the kind of error, of reading a file of these bytes.
  func report(_ bytes: some Sequence<UInt8>) throws -> (text: String, kind: ONNXError.Kind) {
    try report(at: try folder.write(bytes, to: "model.onnx"))
  }

  func report(at path: String) throws -> (text: String, kind: ONNXError.Kind) {
    let error = try #require(throws: ONNXError.self) { try ONNXReader.readModel(at: path) }
    return ("\(error)".replacing(folder.path + "/", with: ""), error.kind)
  }

  @Test(arguments: [
    ([0xff, 0xd8, 0xff, 0xe0, 0, 16], "a JPEG image; name the network's .onnx file"),
    ([0x89, 0x50, 0x4e, 0x47, 13, 10], "a PNG image; name the network's .onnx file"),
    ([UInt8]("PK\u{3}\u{4}xyz".utf8), "a ZIP archive, as PyTorch and Keras write; export the network to ONNX"),
    ([UInt8]("x = 1\n".utf8), "text; name a network in ONNX's binary format"),
    (
      [UInt8]("version https://git-lfs.github.com/spec/v1\n".utf8),
      "a Git LFS pointer; fetch the file itself with 'git lfs pull'"
    ),
    ([0x12, 0x00], "a file without a graph; copy the file again or export it again"),
    ([0xff, 0xff, 0xff], "bytes of another format; copy the file again or export it again"),
  ])
  func `another kind of file is called what it is`(bytes: [UInt8], found: String) throws {
    let report = try report(bytes)
    #expect(report.text == "model.onnx: expected an ONNX network, found \(found)")
    #expect(report.kind == .badData)
  }

  @Test func `an empty file is called empty`() throws {
    #expect(
      try report([]).text
        == "model.onnx: expected an ONNX network, found an empty file; copy or export it again")
  }

  @Test func `a missing file and a folder are missing input`() throws {
    let missing = try report(at: folder.path + "/none.onnx")
    #expect(missing.text == "none.onnx: expected an ONNX network, found no such file; check the path")
    #expect(missing.kind == .missingInput)
    #expect(try report(at: try folder.write([1], to: "file") + "/none.onnx").kind == .missingInput)
    let directory = try report(at: folder.path)
    #expect(directory.text.hasSuffix("found a folder; name the file in it"))
    #expect(directory.kind == .missingInput)
  }

  @Test func `a named pipe is refused and not waited for`() throws {
    let path = folder.path + "/pipe"
    let isMade = unsafe mkfifo(path, 0o600) == 0
    #expect(isMade)
    #expect(try report(at: path).text.contains("not a regular file"))
  }

  @Test func `a name from a file cannot break the line`() throws {
    let proto = Build.model([Build.node("Add", ["x", "a\nb\u{1b}[31m" + String(repeating: "w", count: 1000)], ["y"])])
    let text = try report(try proto.onnxBytes()).text
    #expect(!text.contains("\n") && !text.contains("\u{1b}"))
    #expect(text.count < 400)
    #expect(text.contains("expected value 'a\\nb"))
  }

  /// A network with something of everything.
  func everything() -> OnnxModelProto {
    let pads = Build.attribute("pads", .ints) { $0.ints = [1, 1, 1, 1] }
    let constant = Build.attribute("value", .tensor) { $0.t = Build.floats("", [1, 2], dims: [2]) }
    let then = Build.attribute("then_branch", .graph) {
      $0.g = Build.graph([Build.node("Relu", ["c"], ["t"])], outputs: ["t"])
    }
    let `else` = Build.attribute("else_branch", .graph) {
      $0.g = Build.graph([], outputs: ["e"], initializers: [Build.floats("e", [3], dims: [1])])
    }
    var proto = Build.model(
      [
        Build.node("Conv", ["x", "w", "b"], ["c"], name: "conv", pads),
        Build.node("Constant", [], ["k"], constant),
        Build.node("If", ["q"], ["i"], then, `else`),
        Build.node("Sum", ["i", "k", "s"], ["y"]),
      ],
      initializers: [
        Build.tensor("w", .float, dims: [2, 1, 1, 1]) { $0.rawData = Data(0..<8) },
        Build.tensor("b", .float16, dims: [2]) { $0.int32Data = [1, 2] },
        Build.tensor("q", .bool, dims: []) { $0.rawData = Data([1]) },
      ])
    var sparse = OnnxSparseTensorProto()
    sparse.values = Build.floats("s", [5], dims: [1])
    sparse.indices = Build.tensor("", .int64, dims: [1]) { $0.int64Data = [1] }
    sparse.dims = [2]
    proto.graph.sparseInitializer = [sparse]
    var function = OnnxFunctionProto()
    function.name = "F"
    function.input = ["a"]
    function.output = ["b"]
    function.node = [Build.node("Relu", ["a"], ["b"])]
    proto.functions = [function]
    return proto
  }

  @Test func `a network cut off anywhere is refused or whole`() throws {
    let bytes = try everything().onnxBytes()
    var refused = 0
    for length in 0..<bytes.count {
      do {
        _ = try ONNXReader.readModel(from: bytes.prefix(length), path: "model.onnx")
      } catch {
        #expect(!error.description.contains("\n"))
        refused += 1
      }
    }
    // Only what stands behind the graph and the operator sets may be missing unnoticed.
    #expect(refused > bytes.count * 9 / 10)
    #expect(throws: Never.self) { try ONNXReader.readModel(from: bytes, path: "model.onnx") }
  }

  @Test func `2,000 damaged networks are refused or read`() throws {
    let bytes = try everything().onnxBytes()
    var random = SplitMix(seed: 2)
    var refused = 0
    for _ in 0..<2000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      do {
        _ = try ONNXReader.readModel(from: damaged, path: "model.onnx")
      } catch {
        #expect(!error.description.isEmpty)
        refused += 1
      }
    }
    #expect(refused > 500 && refused < 2000)
  }
}
