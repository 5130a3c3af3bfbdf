import FoundationEssentials
import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct AttributeReadingTests {
  func read(_ attribute: OnnxAttributeProto) throws -> Attribute? {
    try ONNXTests.read(Build.model([Build.node("Op", ["x"], ["y"], attribute)])).graph.nodes[0].attributes["k"]
  }

  @Test func `numbers and strings keep their values`() throws {
    guard case .float(0.5)? = try read(Build.attribute("k", .float) { $0.f = 0.5 }),
      case .int(.min)? = try read(Build.attribute("k", .int) { $0.i = .min }),
      case .string([0xff, 0])? = try read(Build.attribute("k", .string) { $0.s = Data([0xff, 0]) }),
      case .floats([1, 2])? = try read(Build.attribute("k", .floats) { $0.floats = [1, 2] }),
      case .ints([])? = try read(Build.attribute("k", .ints) { _ in }),
      case .strings([[65], []])? = try read(Build.attribute("k", .strings) { $0.strings = [Data([65]), Data()] })
    else {
      Issue.record("an attribute changed its kind or value")
      return
    }
  }

  /// Some exporters leave out fields that are zero.
  @Test func `the stated type counts, not the field that is present`() throws {
    guard case .int(0)? = try read(Build.attribute("k", .int) { $0.f = 3 }) else {
      Issue.record("expected an int")
      return
    }
  }

  @Test func `where no type is stated, the field that is present counts`() throws {
    guard case .int(7)? = try read(Build.attribute("k", .undefined) { $0.i = 7 }),
      case .ints([1])? = try read(Build.attribute("k", .undefined) { $0.ints = [1] }),
      case .unsupported? = try read(Build.attribute("k", .undefined) { _ in })
    else {
      Issue.record("a type was guessed wrongly")
      return
    }
  }

  @Test func `tensors are read as initializers are, strings wait for the operator that wants them`() throws {
    let whole = Build.attribute("k", .tensor) { $0.t = Build.floats("", [2], dims: [1]) }
    guard case .tensor(let tensor)? = try read(whole) else {
      Issue.record("expected a tensor")
      return
    }
    #expect(tensor.array(of: Float.self) == [2])
    let broken = Build.attribute("k", .tensor) { $0.t = Build.floats("", [2], dims: [2]) }
    #expect(
      fault { _ = try read(broken) }
        == .tensor(.attribute("k", node: "y"), .count(expected: 2, found: 1, field: "float_data")))
    let strings = try read(Build.attribute("k", .tensor) { $0.t = Build.tensor("", .string, dims: [1]) })
    #expect(strings?.kind == "a tensor of strings")
    let list = try read(Build.attribute("k", .tensors) { $0.tensors = [Build.floats("", [2], dims: [1])] })
    #expect(list?.kind == "a list of tensors")
  }

  @Test func `an attribute given twice is refused`() {
    let one = Build.attribute("k", .int) { $0.i = 1 }
    let model = Build.model([Build.node("Op", ["x"], ["y"], one, one)])
    #expect(fault { _ = try ONNXTests.read(model) } == .attributeTwice("k", node: "y"))
  }

  /// A node with `graph` as its body.
  func body(_ graph: OnnxGraphProto, _ inputs: [String] = []) -> OnnxNodeProto {
    Build.node("If", inputs, ["y"], name: "if", Build.attribute("k", .graph) { $0.g = graph })
  }

  @Test func `a body may use the values around it, before or behind which its node is sorted`() throws {
    let inner = Build.graph([Build.node("Add", ["x", "late"], ["z"])], outputs: ["z"])
    let model = try ONNXTests.read(Build.model([body(inner), Build.node("Relu", ["x"], ["late"])]))
    #expect(model.graph.nodes.map(\.name) == ["late", "if"])
    #expect(model.graph.nodes[1].usedValues == ["x", "late"])
    #expect(model.graph.nodes[1].subgraphs.map(\.nodes.count) == [1])
  }

  @Test func `a value that is defined nowhere around a body is reported at its node`() {
    let inner = Build.graph([Build.node("Add", ["x", "ghost"], ["z"])], outputs: ["z"])
    #expect(
      fault { _ = try ONNXTests.read(Build.model([body(inner)])) }
        == .undefined(value: "ghost", usedBy: "node 'if' (If)"))
  }

  @Test(arguments: [(ONNXReader.maximumGraphDepth, true), (ONNXReader.maximumGraphDepth + 1, false), (60, false)])
  func `bodies in bodies are read up to a depth`(depth: Int, isRead: Bool) throws {
    var graph = Build.graph([Build.node("Relu", ["x"], ["y"])], outputs: ["y"])
    for _ in 1..<depth { graph = Build.graph([body(graph)], outputs: ["y"]) }
    let model = Build.model([body(graph)])
    let found = fault { _ = try ONNXTests.read(model) }
    #expect(found == (isRead ? nil : .tooDeep))
  }

  @Test func `functions are read with their defaults and references`() throws {
    var function = OnnxFunctionProto()
    function.name = "Scale"
    function.domain = "local"
    function.input = ["a"]
    function.output = ["b"]
    function.attribute = ["factor"]
    function.attributeProto = [Build.attribute("bias", .float) { $0.f = 2 }]
    function.opsetImport = [Build.opsetID("ai.onnx", 13)]
    function.node = [Build.node("Op", ["a"], ["b"], Build.attribute("k", .float) { $0.refAttrName = "factor" })]
    var proto = Build.model([Build.node("Relu", ["x"], ["y"])])
    proto.functions = [function]
    let read = try #require(try ONNXTests.read(proto).functions.first)
    #expect(read.opsets == ["": 13])
    #expect(read.attributes == ["factor"])
    #expect(read.attributeDefaults["bias"]?.kind == "a float")
    guard case .reference("factor")? = read.nodes[0].attributes["k"] else {
      Issue.record("expected a reference")
      return
    }
    proto.functions = [function, function]
    #expect(fault { _ = try ONNXTests.read(proto) } == .functionTwice("Scale"))
    function.output = ["c"]
    proto.functions = [function]
    #expect(
      fault { _ = try ONNXTests.read(proto) } == .undefined(value: "c", usedBy: "output of function 'Scale'"))
  }
}
