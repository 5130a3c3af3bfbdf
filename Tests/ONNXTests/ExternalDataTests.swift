import FoundationEssentials
import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct ExternalDataTests {
  let folder: TemporaryFolder
  let payload: [UInt8] = [0xee, 0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0xee]

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path + "/model/sub", withIntermediateDirectories: true)
    try folder.write(payload, to: "secret.bin")
    try folder.write(payload, to: "model/w.bin")
    try folder.write(payload, to: "model/sub/w.bin")
  }

  func read(_ entries: KeyValuePairs<String, String>) throws -> Model {
    let proto = Build.model(
      [Build.node("Add", ["x", "w"], ["y"])], initializers: [Build.external("w", dims: [2], entries)])
    return try ONNXReader.readModel(at: try folder.write(try proto.onnxBytes(), to: "model/m.onnx"))
  }

  func externalFault(_ entries: KeyValuePairs<String, String>) -> ExternalDataFault? {
    guard case .externalData(.initializer("w"), let found) = fault({ _ = try read(entries) }) else { return nil }
    return found
  }

  @Test(arguments: ["w.bin", "sub/w.bin", "./w.bin", "sub//w.bin"])
  func `values are read from any byte of a file beside the model`(location: String) throws {
    let model = try read(["location": location, "offset": "1", "length": "8"])
    #expect(model.graph.initializers["w"]?.array(of: Float.self) == [1.5, -2])
    #expect(model.externalFiles == ["\(folder.path)/model/\(location)"])
  }

  @Test func `the length may be left out`() throws {
    let model = try read(["location": "w.bin", "offset": "1", "checksum": "0"])
    #expect(model.graph.initializers["w"]?.array(of: Float.self) == [1.5, -2])
  }

  @Test(arguments: ["../secret.bin", "sub/../../secret.bin", "/etc/passwd", "..", "w.bin\u{0}"])
  func `what leads out of the folder is refused`(location: String) {
    #expect(externalFault(["location": location]) == .outside(location))
  }

  @Test func `links that lead out are refused, links inside are not`() throws {
    let files = FileManager.default
    let model = folder.path + "/model"
    try files.createSymbolicLink(atPath: model + "/out.bin", withDestinationPath: "../secret.bin")
    try files.createSymbolicLink(atPath: model + "/up", withDestinationPath: "..")
    try files.createSymbolicLink(atPath: model + "/in.bin", withDestinationPath: "sub/w.bin")
    #expect(externalFault(["location": "out.bin"]) == .outside("out.bin"))
    #expect(externalFault(["location": "up/secret.bin"]) == .outside("up/secret.bin"))
    #expect(externalFault(["location": "in.bin"]) == nil)
  }

  @Test func `a folder whose name begins like the model's is outside`() throws {
    try FileManager.default.createDirectory(atPath: folder.path + "/model2", withIntermediateDirectories: true)
    try folder.write(payload, to: "model2/w.bin")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/model/near", withDestinationPath: "../model2")
    #expect(externalFault(["location": "near/w.bin"]) == .outside("near/w.bin"))
  }

  @Test func `ranges past the file's end are refused`() {
    #expect(
      externalFault(["location": "w.bin", "offset": "3"])
        == .bounds(location: "w.bin", offset: 3, length: 8, size: 10))
    #expect(
      externalFault(["location": "w.bin", "offset": "\(Int.max)"])
        == .bounds(location: "w.bin", offset: .max, length: 8, size: 10))
    #expect(externalFault(["location": "w.bin", "length": "10"]) == .length(expected: 8, found: 10))
  }

  @Test(arguments: ["-1", "1.5", "", "99999999999999999999", "0x1"])
  func `an offset that is no count of bytes is refused`(offset: String) {
    #expect(externalFault(["location": "w.bin", "offset": offset]) == .number(key: "offset", value: offset))
  }

  @Test func `missing files, folders and missing names are told apart`() throws {
    #expect(externalFault(["location": "none.bin"]) == .missing("none.bin"))
    #expect(externalFault(["location": "sub"]) == .unreadable("sub", "a folder"))
    #expect(externalFault(["offset": "1"]) == .noLocation)
    let error = #expect(throws: ONNXError.self) { try read(["location": "none.bin"]) }
    #expect(error?.kind == .missingInput)
  }

  @Test func `files are listed once, in order of first use`() throws {
    let proto = Build.model(
      [Build.node("Sum", ["x", "a", "b", "c"], ["y"])],
      initializers: [
        Build.external("a", dims: [2], ["location": "sub/w.bin"]),
        Build.external("b", dims: [2], ["location": "w.bin"]),
        Build.external("c", dims: [2], ["location": "./sub/w.bin"]),
      ])
    let model = try ONNXReader.readModel(at: try folder.write(try proto.onnxBytes(), to: "model/m.onnx"))
    #expect(model.externalFiles == ["\(folder.path)/model/sub/w.bin", "\(folder.path)/model/w.bin"])
  }
}
