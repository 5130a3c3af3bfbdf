import CalibrationCache
import Executor
import Export
import ONNX
import Quantization
import TensorCore
import TestSupport
import Testing

@Suite struct QuantizedNetworkTests {
  private func prepared(_ model: Model) throws -> Model {
    try OpsetUpgrade.upgrade(model, to: QuantizedNetwork.opset).preparedForQuantization(with: ConstantEvaluator())
  }

  private static let ranges = Dictionary(
    uniqueKeysWithValues: ["x", "c1", "r1", "t", "c2", "y"].enumerated().map { index, name in
      (name, ActivationRange(scale: 0.01 + Float(index) * 0.0013, lower: name == "x" ? -1 : nil, upper: nil))
    })

  @Test(arguments: Target.allCases) func `the nodes compute what the plan says, bit for bit`(target: Target) throws {
    let model = try prepared(TypedNetworkTests.network())
    let plan = QuantizationPlan(model.graph, ranges: Self.ranges, target: target)
    let quantized = QuantizedNetwork.make(model, plan: plan)
    #expect(quantized.weightCount == 2 && quantized.pairCount > 1)
    let simulated = try run(model, policy: NumericPolicy(.fp32, operandGrids: plan.gridsByNode))
    #expect(isSame(try run(quantized.model), simulated))
    // Written, read and written again, it is the same.
    let bytes = try ONNXWriter.bytes(of: quantized.model)
    #expect(try ONNXWriter.bytes(of: ONNXReader.readModel(from: bytes, path: "q.onnx")) == bytes)
  }

  @Test func `scales keep their bits, weights are codes per channel, biases stay float32`() throws {
    let model = try prepared(TypedNetworkTests.network())
    let plan = QuantizationPlan(model.graph, ranges: Self.ranges, target: .tensorrt)
    let graph = QuantizedNetwork.make(model, plan: plan).model.graph
    for node in graph.nodes where node.opType == "QuantizeLinear" {
      let scale = try #require(graph.initializers[node.inputs[1]])
      // A view has the scale of the values that it shows.
      let source = node.inputs[0] == "t" ? "r1" : node.inputs[0]
      #expect(
        scale.shape == []
          && scale.array(of: Float.self).map(\.bitPattern) == Self.ranges[source].map { [$0.scale.bitPattern] })
      #expect(graph.initializers[node.inputs[2]]?.array(of: Int8.self) == [0])
    }
    let weights = try #require(graph.nodes.first { $0.inputs.first == "w1_quantized" })
    #expect(weights.opType == "DequantizeLinear" && weights.attributes["axis"]?.kind == "an int")
    #expect(graph.initializers["w1_quantized"]?.elementType == .int8)
    #expect(graph.initializers["w1_scale"]?.shape == [2] && graph.initializers["w1"] == nil)
    let conv = try #require(graph.nodes.first { $0.name == "c1" })
    #expect(graph.initializers[conv.inputs[2]]?.elementType == .float32)
  }

  @Test func `INT8 and float16 meet without a Cast where the scales are float16`() throws {
    let raised = try OpsetUpgrade.upgrade(TypedNetworkTests.network(), to: QuantizedNetwork.halfScaleOpset)
    let model = try prepared(raised)
    let plan = QuantizationPlan(model.graph, ranges: Self.ranges, target: .tensorrt)
    let quantized = QuantizedNetwork.make(model, plan: plan, scales: .fp16)
    let typed = try TypedNetwork.make(quantized.model, options: TypingOptions(.fp16))
    #expect(typed.castCount == 0 && typed.kept.isEmpty)
    #expect(try outputTypes(typed.model) == [.float16])
    for node in typed.model.graph.nodes where node.opType == "DequantizeLinear" {
      #expect(typed.model.graph.initializers[node.inputs[1]]?.elementType == .float16)
    }
  }

  @Test(arguments: HalfType.allCases, [[], ["c2"], ["c1", "y"]])
  func `a mixed network computes what the simulation does, bit for bit`(half: HalfType, full: [String]) throws {
    let raised = try OpsetUpgrade.upgrade(TypedNetworkTests.network(), to: QuantizedNetwork.halfScaleOpset)
    let model = try prepared(raised)
    let plan = QuantizationPlan(model.graph, ranges: Self.ranges, target: .tensorrt, keeping: Set(full))
    let quantized = QuantizedNetwork.make(model, plan: plan, scales: half)
    var options = TypingOptions(half, kept: Set(full))
    options.keepsIOTypes = true
    let typed = try TypedNetwork.make(quantized.model, options: options)
    let low: Precision = half == .fp16 ? .fp16 : .bf16
    let exceptions = Dictionary(typed.kept.map { ($0.name, Precision.fp32) }) { first, _ in first }
    let policy = NumericPolicy(
      low, exceptions: exceptions, rounding: .operator, operandGrids: QuantizedNetwork.grids(of: plan, scales: half))
    #expect(isSame(try run(typed.model, randomInputs(of: model)), try run(model, policy: policy)))
  }

  @Test func `biases lie on the grid of the sums, as int32 codes for onnxruntime, as floats for the others`() throws {
    let model = try prepared(TypedNetworkTests.network())
    for target in Target.allCases {
      let plan = QuantizationPlan(model.graph, ranges: Self.ranges, target: target)
      let operands = try #require(plan.nodes.first { $0.name == "c1" }).operands
      let bias = try #require(operands.first { $0.role == .bias })
      #expect(bias.grid.scales == operands[1].grid.scales.map { $0 * operands[0].grid.scale })
      let graph = QuantizedNetwork.make(model, plan: plan).model.graph
      let name = try #require(graph.nodes.first { $0.name == "c1" }).inputs[2]
      let expected = [0.5, -0.25].enumerated().map { bias.grid.rounded(Float($1), channel: $0) }
      if target == .onnxruntime {
        let node = try #require(graph.nodes.first { $0.outputs == [name] })
        let codes = try #require(graph.initializers[node.inputs[0]]).array(of: Int32.self)
        #expect(zip(codes, bias.grid.scales).map { Float($0) * $1 } == expected && node.opType == "DequantizeLinear")
      } else {
        #expect(graph.initializers[name]?.array(of: Float.self) == expected)
      }
      for (value, rounded) in zip([0.5, -0.25] as [Float], expected) {
        #expect(abs(value - rounded) <= (bias.grid.scales.max() ?? 0) / 2)
      }
    }
  }

  @Test func `a network that is quantized already shows`() throws {
    let model = try prepared(TypedNetworkTests.network())
    #expect(QuantizedNetwork.quantizedNode(of: model.graph) == nil)
    let plan = QuantizationPlan(model.graph, ranges: Self.ranges, target: .tensorrt)
    let quantized = QuantizedNetwork.make(model, plan: plan).model
    #expect(QuantizedNetwork.quantizedNode(of: quantized.graph)?.opType == "QuantizeLinear")
  }

  @Test func `names that do not fit are listed with the nearest`() throws {
    let graph = TypedNetworkTests.network().graph
    let cache = CacheDocument(
      entries: ["x", "c1_", "(Unnamed Layer* 3) [Shuffle]_output"].map { CacheEntry(name: $0, scale: 0.1) })
    let error = #expect(throws: ExportError.self) { try CalibrationCheck.requireKnownNames(cache, in: graph) }
    #expect(error == .unknownTensors([.init(name: "c1_", nearest: "c1")], total: 1))
    #expect(
      CalibrationCheck.nearest(to: "conv1.output", among: ["conv2.out", "conv1.output_0", "z"]) == "conv1.output_0")
    #expect(CalibrationCheck.nearest(to: "abc", among: ["xyz"]) == nil)
  }

  @Test func `a scale that no grid can have is named`() throws {
    let model = try prepared(TypedNetworkTests.network())
    var ranges = Self.ranges
    ranges["x"] = ActivationRange(scale: .infinity)
    ranges["r1"] = nil
    let plan = QuantizationPlan(model.graph, ranges: ranges, target: .tensorrt)
    let cache = CacheDocument(entries: [CacheEntry(name: "x", scale: .infinity), CacheEntry(name: "c1", scale: 1)])
    let error = #expect(throws: ExportError.self) { try CalibrationCheck.requireRanges(plan, document: cache) }
    #expect(error == .scale(tensor: "x", .infinity))
    let empty = #expect(throws: ExportError.self) {
      try CalibrationCheck.requireRanges(plan, document: CacheDocument(entries: []))
    }
    #expect("\(try #require(empty))".contains("found none for 2: 'x', 'r1'"))
  }

  @Test func `command lines hold what the builder needs, quoted for a shell`() {
    #expect(
      TrtexecCommand.implicit(
        model: "my net.onnx", cache: "net.cache", lowFloat: "fp16", layers: [("head/fc", "fp32"), ("b", "fp16")])
        == "trtexec '--onnx=my net.onnx' --int8 --calib=net.cache --fp16 --precisionConstraints=obey "
        + "--layerPrecisions=head/fc:fp32,b:fp16 '--saveEngine=my net.engine'")
    let layers = [(name: "a", precision: "bf16")]
    #expect(
      TrtexecCommand.implicit(model: "n.onnx", cache: nil, lowFloat: "fp16", layers: layers)
        == "trtexec --onnx=n.onnx --fp16 --bf16 --precisionConstraints=obey --layerPrecisions=a:bf16 --saveEngine=n.engine"
    )
    #expect(TrtexecCommand.explicit(model: "n.onnx") == "trtexec --onnx=n.onnx --saveEngine=n.engine")
    #expect(TrtexecCommand.canName("a/b") && !TrtexecCommand.canName("a:0") && !TrtexecCommand.canName("a,b"))
  }

  @Test func `large constants go to a file beside the network and come back`() throws {
    let folder = try TemporaryFolder()
    var random = RandomNumbers(seed: 8)
    let model = SmallModel(opset: 13).input("x", 2, 40).constant("w", Tensor(random.floats(1600), shape: [40, 40]))
      .constant("v", Tensor(random.floats(400), shape: [40, 10])).constant("b", [1], 1)
      .node("MatMul", ["x", "w"], ["m"]).node("MatMul", ["m", "v"], ["n"]).node("Add", ["n", "b"], ["y"])
      .output("y", rank: 2).model
    let path = "\(folder.path)/net.onnx"
    try ONNXWriter.writeWithExternalData(model, to: path)
    #expect(folder.entries == ["net.onnx", "net.onnx.data"])
    let again = try ONNXReader.readModel(at: path)
    #expect(again.externalFiles == ["\(folder.path)/net.onnx.data"])
    #expect(isSame(try run(again), try run(model)))
    #expect(again.graph.initializers.keys.sorted() == ["b", "v", "w"])
  }
}
