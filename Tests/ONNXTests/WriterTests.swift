import FoundationEssentials
import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct WriterTests {
  /// Attributes of every kind that can be written.
  static let attributes = [
    Build.attribute("f", .float) { $0.f = 0 }, Build.attribute("i", .int) { $0.i = -3 },
    Build.attribute("s", .string) { $0.s = Data([0xff]) }, Build.attribute("floats", .floats) { $0.floats = [1, 2] },
    Build.attribute("ints", .ints) { _ in }, Build.attribute("strings", .strings) { $0.strings = [Data()] },
    Build.attribute("t", .tensor) { $0.t = Build.floats("", [1, 2], dims: [2, 1]) },
    Build.attribute("tensors", .tensors) { $0.tensors = [Build.floats("", [1], dims: [])] },
    Build.attribute("g", .graph) {
      $0.g = Build.graph([Build.node("Relu", ["x"], ["o"], name: "in")], outputs: ["o"])
    },
    Build.attribute("graphs", .graphs) { $0.graphs = [Build.graph([]), Build.graph([])] },
  ]

  static func model() -> OnnxModelProto {
    var node = Build.node("Op", ["x", "", "w", "h"], ["y"], name: "n")
    node.domain = "custom"
    node.overload = "o"
    node.attribute = attributes
    var model = Build.model(
      [node], inputs: ["x", "w"],
      initializers: [
        Build.floats("w", [1, -2], dims: [2]), Build.tensor("h", .float16, dims: []) { $0.int32Data = [0x3e00] },
      ])
    model.opsetImport.append(Build.opsetID("custom", 2))
    model.graph.input[0].type.tensorType.shape.dim[0].dimParam = "N"
    model.graph.output[0].type.tensorType.clearShape()
    model.graph.valueInfo = [Build.value("scalar", dims: [])]
    var function = OnnxFunctionProto()
    function.name = "F"
    function.domain = "custom"
    function.input = ["a"]
    function.output = ["b"]
    function.attribute = ["k"]
    function.opsetImport = [Build.opsetID("", 13)]
    function.node = [Build.node("Op", ["a"], ["b"], name: "m", Build.attribute("k", .float) { $0.refAttrName = "k" })]
    model.functions = [function]
    return model
  }

  @Test func `what is written is read back as it was, byte for byte from the second time on`() throws {
    let model = try read(Self.model())
    let bytes = try ONNXWriter.bytes(of: model)
    let again = try ONNXReader.readModel(from: bytes, path: "again.onnx")
    #expect(try ONNXWriter.bytes(of: again) == bytes)
    #expect(again.opsets == model.opsets)
    #expect(again.graph.inputs == model.graph.inputs)
    #expect(again.graph.overridableInputs == model.graph.overridableInputs)
    #expect(again.graph.outputs == model.graph.outputs)
    #expect(again.graph.values == model.graph.values)
    #expect(again.graph.initializers["w"]?.array(of: Float.self) == [1, -2])
    #expect(again.graph.initializers["h"]?.array(of: Float16.self) == [1.5])
    let (node, original) = (again.graph.nodes[0], model.graph.nodes[0])
    #expect(node.name == "n" && node.domain == "custom" && node.overload == "o" && node.inputs == original.inputs)
    #expect(node.attributes.mapValues(\.kind) == original.attributes.mapValues(\.kind))
    #expect(node.attributes.count == Self.attributes.count)
    #expect(again.functions.map(\.name) == ["F"])
    #expect(again.functions[0].nodes[0].attributes["k"]?.kind == "a reference to attribute 'k'")
  }

  @Test func `a version that wants constants among the inputs is raised where they are not`() throws {
    var proto = Self.model()
    proto.irVersion = 3
    #expect(try ONNXReader.readModel(from: try ONNXWriter.bytes(of: try read(proto)), path: "m").irVersion == 4)
    proto.graph.input.append(Build.value("h"))
    #expect(try ONNXReader.readModel(from: try ONNXWriter.bytes(of: try read(proto)), path: "m").irVersion == 3)
  }

  @Test func `what was not kept is refused and not left out`() throws {
    var sparse = Self.model()
    sparse.graph.node[0].attribute.append(Build.attribute("sparse", .sparseTensor) { _ in })
    let attribute = #expect(throws: ONNXWriteError.self) { try ONNXWriter.bytes(of: try read(sparse)) }
    #expect(attribute?.fault == .attribute("sparse", node: "n", kind: "a sparse tensor"))
    var strings = Self.model()
    strings.graph.input[0].type.tensorType.elemType = 8
    let type = #expect(throws: ONNXWriteError.self) { try ONNXWriter.bytes(of: try read(strings)) }
    #expect(type?.fault == .type(value: "x", type: "a tensor of strings"))
  }

  @Test func `a file is replaced whole, and a failure leaves the old one and nothing beside it`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], to: "m.onnx")
    let model = try read(Self.model())
    try ONNXWriter.write(model, to: path)
    #expect(try Data(contentsOf: URL(filePath: path)) == ONNXWriter.bytes(of: model))
    let missing = #expect(throws: ONNXWriteError.self) { try ONNXWriter.write(model, to: folder.path + "/no/m.onnx") }
    #expect(missing?.description.hasPrefix("\(folder.path)/no/m.onnx: expected an existing folder") == true)
    let full = #expect(throws: ONNXWriteError.self) { try ONNXWriter.write(model, to: "/dev/full") }
    #expect(full?.description.hasPrefix("/dev/full: expected room for the file") == true)
    #expect(throws: ONNXWriteError.self) { try ONNXWriter.write(model, to: folder.path) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["m.onnx"])
  }

  @Test(arguments: SharedModelTests.networks.map(\.file))
  func `real networks survive being written`(file: String) throws {
    guard let path = sharedData("models/\(file).onnx") else { return }
    let model = try ONNXReader.readModel(at: path)
    let bytes = try ONNXWriter.bytes(of: model)
    let again = try ONNXReader.readModel(from: bytes, path: "again.onnx")
    #expect(again.graph.nodes.map(\.name) == model.graph.nodes.map(\.name))
    #expect(again.graph.inputs == model.graph.inputs && again.graph.outputs == model.graph.outputs)
    #expect(try ONNXWriter.bytes(of: again) == bytes)
    #expect(again.notes.isEmpty)
  }
}
