import FoundationEssentials
import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct GraphReadingTests {
  @Test func `an input with an initializer can be overridden and need not be fed`() throws {
    let model = try read(
      Build.model(
        [Build.node("Add", ["x", "w"], ["y"])], inputs: ["w", "x"], initializers: [Build.floats("w", [1], dims: [1])]))
    #expect(model.graph.inputs.map(\.name) == ["x"])
    #expect(model.graph.overridableInputs.map(\.name) == ["w"])
    #expect(model.graph.initializers["w"]?.array(of: Float.self) == [1])
  }

  @Test func `nodes without a name of their own are called after their first output`() throws {
    let model = try read(
      Build.model([
        Build.node("Relu", ["x"], ["a"]),
        Build.node("Relu", ["a"], ["b"], name: "twin"),
        Build.node("Relu", ["b"], ["c"], name: "twin"),
        Build.node("Split", ["c"], ["", "d"]),
        Build.node("Relu", ["d"], ["e"], name: "own"),
        Build.node("Relu", ["e"], ["f"], name: "y"),
        Build.node("Relu", ["f"], ["y"]),
        Build.node("Sink", ["y"], []),
      ]))
    #expect(model.graph.nodes.map(\.name) == ["a", "b", "c", "d", "own", "y", "y#2", "Sink"])
    #expect(model.notes == [.nodesRenamed(count: 6)])
  }

  @Test func `the standard domain has one name`() throws {
    var proto = Build.model([Build.node("Relu", ["x"], ["y"])], opset: nil)
    proto.graph.node[0].domain = "ai.onnx"
    proto.opsetImport = [Build.opsetID("ai.onnx", 12), Build.opsetID("", 12), Build.opsetID("com.microsoft", 1)]
    let model = try read(proto)
    #expect(model.graph.nodes[0].domain == "")
    #expect(model.opsets == ["": 12, "com.microsoft": 1])
    proto.opsetImport[1].version = 13
    #expect(fault { _ = try read(proto) } == .conflictingOpsets(domain: "", 12, 13))
  }

  @Test func `operator sets that are too old, too new or missing`() throws {
    let nodes = [Build.node("Relu", ["x"], ["y"])]
    #expect(fault { _ = try read(Build.model(nodes, opset: 5)) } == .oldOpset(5))
    #expect(fault { _ = try read(Build.model(nodes, opset: nil)) } == .noOpset)
    #expect(try read(Build.model(nodes, opset: 6)).notes == [.nodesRenamed(count: 1)])
    #expect(
      try read(Build.model(nodes, opset: 28)).notes == [.newerOpset(found: 28, known: 27), .nodesRenamed(count: 1)])
  }

  @Test func `nodes out of order are sorted, the others keep their places`() throws {
    let model = try read(
      Build.model([
        Build.node("Relu", ["x"], ["a"]), Build.node("Add", ["c", "a"], ["y"]), Build.node("Relu", ["x"], ["b"]),
        Build.node("Relu", ["b"], ["c"]), Build.node("Relu", ["x"], ["d"]),
      ]))
    #expect(model.graph.nodes.map(\.name) == ["a", "b", "c", "y", "d"])
    #expect(model.notes.contains(.nodesMoved(count: 1)))
  }

  @Test(arguments: 1...50) func `any order of a network's nodes sorts`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let nodes = (0..<40).map { index in
      Build.node("Sum", (0..<2).map { _ in "v\(Int.random(in: 0...index, using: &random))" }, ["v\(index + 1)"])
    }
    let model = try read(Build.model(nodes.shuffled(using: &random), inputs: ["v0"], outputs: ["v40"]))
    var defined: Set = ["v0"]
    for node in model.graph.nodes {
      #expect(node.inputs.allSatisfy(defined.contains))
      defined.formUnion(node.outputs)
    }
    #expect(defined.count == 41)
  }

  @Test func `a chain longer than any stack is sorted`() throws {
    let nodes = (0..<50_000).map { Build.node("Relu", ["v\($0)"], ["v\($0 + 1)"]) }
    let model = try read(Build.model(nodes.reversed(), inputs: ["v0"], outputs: ["v50000"]))
    #expect(model.graph.nodes.first?.name == "v1")
    #expect(model.graph.nodes.last?.name == "v50000")
  }

  @Test func `cycles name their nodes`() {
    let found = fault {
      _ = try read(
        Build.model([
          Build.node("Add", ["x", "c"], ["a"]), Build.node("Relu", ["a"], ["b"]), Build.node("Relu", ["b"], ["c"]),
          Build.node("Relu", ["c"], ["y"]),
        ]))
    }
    #expect(found == .cycle(["b", "c", "a"]))
    #expect(fault { _ = try read(Build.model([Build.node("Add", ["x", "y"], ["y"])])) } == .cycle(["y"]))
  }

  @Test func `values that nothing makes are named with their user`() {
    let input = fault { _ = try read(Build.model([Build.node("Add", ["x", "ghost"], ["y"], name: "sum")])) }
    #expect(input == .undefined(value: "ghost", usedBy: "node 'sum' (Add)"))
    let output = fault { _ = try read(Build.model([Build.node("Relu", ["x"], ["z"])])) }
    #expect(output == .undefined(value: "y", usedBy: "graph output 0"))
  }

  @Test func `an optional input that is not given needs no producer`() throws {
    let model = try read(Build.model([Build.node("Clip", ["x", "", "x"], ["y"])]))
    #expect(model.graph.nodes[0].inputs == ["x", "", "x"])
  }

  @Test func `a value has one definition`() {
    let nodes = [Build.node("Relu", ["x"], ["y"], name: "n"), Build.node("Relu", ["x"], ["y"], name: "m")]
    #expect(fault { _ = try read(Build.model(nodes)) } == .definedTwice(value: "y", by: "node 'm' (Relu)"))
    let shadow = Build.model([nodes[0]], initializers: [Build.floats("y", [1], dims: [1])])
    #expect(fault { _ = try read(shadow) } == .definedTwice(value: "y", by: "node 'n' (Relu)"))
    let inputs = Build.model([nodes[0]], inputs: ["x", "x"])
    #expect(fault { _ = try read(inputs) } == .definedTwice(value: "x", by: "a graph input"))
    let constants = Build.model(
      [nodes[0]], initializers: [Build.floats("w", [1], dims: [1]), Build.floats("w", [2], dims: [1])])
    #expect(fault { _ = try read(constants) } == .definedTwice(value: "w", by: "an initializer"))
  }

  @Test func `standard operators have the operands that they compute with`() throws {
    for (opType, inputs, outputs, expected, found) in [
      ("Relu", [], ["y"], "at least 1 input", "0"), ("Add", ["x", "x", "x"], ["y"], "2 inputs", "3"),
      ("Conv", ["x"], ["y"], "at least 2 inputs", "1"), ("Where", ["x", "x"], ["y"], "at least 3 inputs", "2"),
      ("BatchNormalization", ["x"], ["y"], "at least 5 inputs", "1"), ("Relu", ["x"], [], "an output", "none"),
    ] as [(String, [String], [String], String, String)] {
      let model = Build.model([Build.node(opType, inputs, outputs, name: "n")])
      #expect(
        fault { _ = try read(model) } == .operands(node: "n", opType: opType, expected: expected, found: found))
    }
    // Whoever knows the operators of another domain knows what they need.
    var foreign = Build.node("Relu", [], ["y"])
    foreign.domain = "own"
    #expect(try read(Build.model([foreign])).graph.nodes.count == 1)
  }

  @Test func `what must have a name has one`() {
    #expect(fault { _ = try read(Build.model([Build.node("", ["x"], ["y"])])) } != nil)
    #expect(fault { _ = try read(Build.model([Build.node("Relu", ["x"], ["y"])], inputs: ["x", ""])) } != nil)
    let unnamed = Build.model([Build.node("Relu", ["x"], ["y"])], initializers: [Build.floats("", [1], dims: [1])])
    #expect(fault { _ = try read(unnamed) } == .unnamed("initializer 0"))
  }

  @Test func `values carry what the file says of their types`() throws {
    var proto = Build.model([Build.node("Relu", ["x"], ["y"])])
    var batch = OnnxTensorShapeProto.Dimension(), unknown = OnnxTensorShapeProto.Dimension()
    batch.dimParam = "N"
    unknown.dimValue = -1
    proto.graph.input[0].type.tensorType.shape.dim += [batch, unknown, OnnxTensorShapeProto.Dimension()]
    proto.graph.output[0].type.tensorType.elemType = 8
    proto.graph.output[0].type.tensorType.clearShape()
    proto.graph.valueInfo = [Build.value("z")]
    proto.graph.valueInfo[0].type.sequenceType = OnnxTypeProto.Sequence()
    let graph = try read(proto).graph
    #expect(graph.inputs[0].shape == [.fixed(1), .symbolic("N"), .unknown, .unknown])
    #expect(graph.inputs[0].elementType == .float32)
    #expect(graph.outputs[0].shape == nil)
    #expect(graph.outputs[0].otherType == "a tensor of strings")
    #expect(graph.values[0].otherType == "a sequence")
  }

  @Test func `what stands about the model is kept`() throws {
    var proto = Build.model([Build.node("Relu", ["x"], ["y"])])
    proto.producerVersion = "1.2"
    proto.domain = "org.example"
    proto.modelVersion = 3
    proto.docString = "words"
    proto.metadataProps = ["b", "a"].map { key in
      var entry = OnnxStringStringEntryProto()
      entry.key = key
      entry.value = "of \(key)"
      return entry
    }
    let model = try read(proto)
    #expect(model.irVersion == 8)
    #expect(model.producerName == "tests")
    #expect(model.producerVersion == "1.2")
    #expect(model.domain == "org.example")
    #expect(model.modelVersion == 3)
    #expect(model.documentation == "words")
    #expect(model.metadata.map(\.key) == ["b", "a"])
    #expect(model.metadata.map(\.value) == ["of b", "of a"])
  }
}
