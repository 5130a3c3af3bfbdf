import Executor
import Foundation
import ONNX
import Pipeline
import TensorCore
import TestSupport
import Testing

/// Operators that the program does not know: from a plugin, or from the model's own functions.
@Suite struct CustomOperatorTests {
  private static let shape: Shape = [2, 8, 6, 4]

  private static func input(_ shape: Shape = shape) -> Tensor {
    var random = RandomNumbers(seed: 7)
    return Tensor(random.floats(shape.count), shape: shape)
  }

  private static func run(_ model: Model, _ registry: OperatorRegistry, _ input: Tensor) throws -> Tensor {
    let session = Session(try Network(model, registry: registry).plan(for: [input.type]))
    session.load([input])
    try session.run()
    return try #require(session.output(0))
  }

  /// darknet's own loop, index by index.
  private static func expected(_ input: Tensor, stride: Int) -> [Float] {
    let (n, c, h, w) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3])
    let values = input.array(of: Float.self), planes = c / (stride * stride)
    var result = [Float](repeating: .nan, count: values.count)
    for b in 0..<n {
      for k in 0..<c {
        for j in 0..<h {
          for i in 0..<w {
            let x = i * stride + k / planes % stride, y = j * stride + k / planes / stride
            result[i + w * (j + h * (k + c * b))] =
              values[x + w * stride * (y + h * stride * (k % planes + planes * b))]
          }
        }
      }
    }
    return result
  }

  @Test(arguments: [1, 2]) func `the example plugin computes darknet's reorg`(stride: Int) throws {
    let folder = try TemporaryFolder()
    guard let library = try PluginBuilder.build(PluginBuilder.example, in: folder) else { return }
    let plugins = try Plugins([library])
    let found = try Self.run(Reorg.network(stride: stride), plugins.registry, Self.input())
    #expect(found.shape == [2, 8 * stride * stride, 6 / stride, 4 / stride])
    #expect(found.array(of: Float.self) == Self.expected(Self.input(), stride: stride))
  }

  @Test func `a model's own function computes the same`() throws {
    var model = Reorg.network()
    model.functions = [Reorg.body(Self.shape, stride: 2)]
    // A name that the inlined body would take, were it free.
    model.graph.initializers["reorg/large"] = Tensor(scalar: Float(1))
    let found = try Self.run(model, .standard, Self.input())
    #expect(found.array(of: Float.self) == Self.expected(Self.input(), stride: 2))
  }

  @Test func `functions may call functions, hand inputs through and leave outputs out`() throws {
    var model = Reorg.network()
    var outer = Function(name: "Reorg", domain: "yolo")
    outer.inputs = ["a", "b"]
    outer.outputs = ["same", "double", "unused"]
    outer.opsets = ["": 13, "yolo": 1]
    outer.nodes = [
      Node(name: "call", opType: "Twice", domain: "yolo", inputs: ["a"], outputs: ["double"]),
      Node(name: "more", opType: "Neg", inputs: ["double"], outputs: ["unused"]),
    ]
    outer.outputs[0] = "a"
    var inner = Function(name: "Twice", domain: "yolo")
    inner.inputs = ["v"]
    inner.outputs = ["w"]
    inner.opsets = ["": 13]
    inner.nodes = [Node(name: "sum", opType: "Add", inputs: ["v", "v"], outputs: ["w"])]
    model.functions = [outer, inner]
    model.graph.nodes[0].outputs = ["through", "y"]
    model.graph.outputs.append(ValueInfo(name: "through", elementType: nil, shape: nil))
    let session = Session(try Network(model).plan(for: [Self.input().type]))
    session.load([Self.input()])
    try session.run()
    let values = Self.input().array(of: Float.self)
    #expect(try #require(session.output(0)).array(of: Float.self) == values.map { $0 + $0 })
    #expect(try #require(session.output(1)).array(of: Float.self) == values)
  }

  @Test func `a function that calls itself is refused`() throws {
    var model = Reorg.network()
    var function = Function(name: "Reorg", domain: "yolo")
    (function.inputs, function.outputs, function.opsets) = (["a"], ["b"], ["yolo": 1])
    function.nodes = [Node(name: "again", opType: "Reorg", domain: "yolo", inputs: ["a"], outputs: ["b"])]
    model.functions = [function]
    let error = #expect(throws: OperatorError.self) { _ = try Network(model) }
    #expect("\(try #require(error))".contains("yolo.Reorg"))
  }

  @Test func `without either the message names both ways`() throws {
    let error = #expect(throws: OperatorError.self) { _ = try Network(Reorg.network()) }
    let text = "\(try #require(error))"
    #expect(text.contains("model function") && text.contains("--plugin") && text.contains("yolo.Reorg"))
  }

  @Test func `what a plugin says of a node reaches the user`() throws {
    let folder = try TemporaryFolder()
    guard let library = try PluginBuilder.build(PluginBuilder.example, in: folder) else { return }
    let registry = try Plugins([library]).registry
    let error = #expect(throws: OperatorError.self) {
      _ = try Self.run(Reorg.network(stride: 3), registry, Self.input())
    }
    let text = "\(try #require(error))"
    #expect(text.contains("'reorg'") && text.contains("found stride 3") && !text.contains("\n"))
  }

  /// Plugins that are wrong, each by one change of a sound one.
  struct Fault: Sendable, CustomTestStringConvertible {
    let what: String
    var entry = "qtool_plugin_entry"
    var version = "QTOOL_PLUGIN_VERSION"
    var answer = "&plugin"
    var name = "\"Reorg\""
    var domain = "\"yolo\""
    var since = "1"
    var compute = "compute"
    var types = "outputs[0] = inputs[0]; return 0;"
    var computed = "return 0;"
    let says: String
    var testDescription: String { what }

    var source: String {
      """
      #include "qtool_plugin.h"
      static int32_t types(const qtool_node *n, const qtool_tensor_type *inputs, int32_t ic, qtool_tensor_type *outputs,
                           int32_t oc, char message[QTOOL_MESSAGE_SIZE]) {
        (void)n, (void)inputs, (void)ic, (void)outputs, (void)oc, (void)message; \(types)
      }
      static int32_t compute(const qtool_node *n, const qtool_tensor *i, int32_t ic, const qtool_tensor *o, int32_t oc,
                             char message[QTOOL_MESSAGE_SIZE]) {
        (void)n, (void)i, (void)ic, (void)o, (void)oc, (void)message; \(computed)
      }
      static const qtool_operator operators[] = {{\(name), \(domain), \(since), types, \(compute)}};
      static const qtool_plugin plugin = {\(version), 1, operators};
      const qtool_plugin *\(entry)(uint32_t version);
      const qtool_plugin *\(entry)(uint32_t version) { (void)version, (void)compute, (void)plugin; return \(answer); }
      """
    }
  }

  static let faults = [
    Fault(what: "no entry", entry: "another_entry", says: "found none"),
    Fault(what: "a later version", version: "99", says: "found version 99"),
    Fault(what: "a refusal", answer: "0", says: "refuses it"),
    Fault(what: "no name", name: "0", says: "no name"),
    Fault(what: "an empty name", name: "\"\"", says: "an empty name"),
    Fault(what: "no version", since: "0", says: "version 0"),
    Fault(what: "no function", compute: "0", says: "without one of its functions"),
    Fault(what: "an operator that is known", name: "\"Relu\"", domain: "\"\"", says: "'Relu'"),
    Fault(what: "an unknown element type", types: "outputs[0].element_type = 77; return 0;", says: "element type 77"),
    Fault(what: "no output type", types: "return 0;", says: "element type 0"),
    Fault(
      what: "too many axes", types: "outputs[0] = inputs[0]; outputs[0].rank = 9; return 0;", says: "9 axes"),
    Fault(
      what: "a negative extent", types: "outputs[0] = inputs[0]; outputs[0].dims[1] = -4; return 0;", says: "-4"),
    Fault(
      what: "an absurd extent",
      types: "outputs[0] = inputs[0]; for (int i = 0; i < 4; i++) outputs[0].dims[i] = INT64_MAX; return 0;",
      says: "found element type 1"),
    Fault(
      what: "an output that fits nowhere", types: "outputs[0] = inputs[0]; outputs[0].dims[1] = 1LL << 40; return 0;",
      says: "fits in memory"),
    Fault(what: "a code without a message", computed: "return 5;", says: "found 5 without a message"),
    Fault(
      what: "an endless message", computed: "memset(message, 'a', QTOOL_MESSAGE_SIZE); return 1;",
      says: String(repeating: "a", count: 256)),
  ]

  @Test(arguments: faults) func `a plugin that is wrong ends in one clear error`(fault: Fault) throws {
    let folder = try TemporaryFolder()
    let source = try folder.write(fault.source, to: "wrong.c")
    guard let library = try PluginBuilder.build(source, in: folder) else { return }
    let error = #expect(throws: (any Error).self) {
      _ = try Self.run(Reorg.network(), Plugins([library]).registry, Self.input())
    }
    let text = "\(try #require(error))"
    #expect(text.contains(fault.says), "\(text)")
    #expect(!text.contains("\n"))
  }

  @Test func `a missing file and a text are no plugins`() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write("no library", to: "text.so")
    for (path, code) in [("\(folder.path)/none.so", ExitCode.missingInput), (text, .badData)] {
      let error = #expect(throws: PipelineError.self) { _ = try Plugins([path]) }
      #expect(try #require(error).code == code)
      #expect(try #require(error).description.contains("plugin '\(path)'"))
    }
  }

  @Test func `inspect, calibrate and run take a plugin`() throws {
    let folder = try TemporaryFolder()
    guard let library = try PluginBuilder.build(PluginBuilder.example, in: folder) else { return }
    let model = "\(folder.path)/net.onnx"
    try ONNXWriter.write(Reorg.network(), to: model)
    try NPYFile.write(Self.input(), to: "\(folder.path)/x.npy")
    let commands = [
      ["inspect", model, "--input-shape", "x:1x8x6x4"],
      ["calibrate", model, "--data", "x.npy", "-o", "net.cache"],
      ["run", model, "--input", "x=x.npy", "--output-dir", "out"],
    ]
    for arguments in commands {
      let sound = try Command(Checkout.program, arguments + ["--plugin", library], in: folder.path).run()
      #expect(sound.code == 0, "\(sound.errors)")
      // Only `inspect` has something to say of a network that cannot be run.
      let bare = try Command(Checkout.program, arguments, in: folder.path).run()
      #expect(bare.code == (arguments[0] == "inspect" ? 0 : 65))
    }
    #expect(try text(of: "\(folder.path)/net.cache.json").contains("reorg.so"))
  }
}
