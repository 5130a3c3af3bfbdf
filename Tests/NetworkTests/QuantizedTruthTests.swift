import CalibrationCache
import CalibrationData
import Evaluation
import Executor
import Foundation
import ONNX
import Pipeline
import Quantization
import TensorCore
import TestSupport
import Testing

/// INT8 as the Q/DQ network is written, node by node, against onnxruntime running it; fused kernels: ``EngineArithmeticTests``.
@Suite(.serialized) struct QuantizedTruthTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let recipe: String
    let target: Target
    /// How many samples; large pictures take long.
    let samples: Int
    var testDescription: String { "\(recipe), \(target.rawValue)" }
  }

  static let cases = [
    Case(recipe: "fashion_resnet", target: .tensorrt, samples: 300),
    Case(recipe: "fashion_resnet", target: .onnxruntime, samples: 300),
    Case(recipe: "cifar10_resnet20", target: .tensorrt, samples: 500),
    Case(recipe: "cifar10_resnet20", target: .openvino, samples: 500),
    Case(recipe: "mlperf_tiny_resnet8_cifar10", target: .tensorrt, samples: 500),
    Case(recipe: "mlperf_tiny_kws_dscnn", target: .tensorrt, samples: 300),
    Case(recipe: "mnist_lenet_caffe_a", target: .onnxruntime, samples: 500),
    Case(recipe: "efficientnet_lite0", target: .tensorrt, samples: 60),
    Case(recipe: "squeezenet1.1", target: .onnxruntime, samples: 60),
  ]

  @Test(arguments: cases)
  func `simulated INT8 is what onnxruntime computes of the Q/DQ network`(test: Case) throws {
    guard let twin = try Twin(test) else { return }
    let ours = try twin.ours()
    guard let (theirs, limit) = try twin.theirs(optimised: false) else { return }
    var error = SignalError()
    var different = 0
    var close = 0
    for (mine, reference) in zip(ours, theirs) {
      error.add(reference, mine)
      guard let decision = Decision(reference), Decision(mine)?.best != decision.best else { continue }
      let largest = reference.map(\.magnitude).max() ?? 0
      if decision.margin < 1e-3 * largest { close += 1 } else { different += 1 }
    }
    print(
      "\(test.testDescription): \(error.decibels) dB (onnxruntime moved by a bit: \(limit)), \(different) other decisions, \(close) near ties"
    )
    #expect(ours.count == theirs.count)
    // Sums in another order move codes that lie on a border: a decision on a narrow margin may go with them.
    #expect(different <= max(1, ours.count / 300))
    // Deep networks on coarse grids are chaotic: one bit of the biases changes onnxruntime's own result by as much.
    #expect(error.decibels >= min(40, limit - 3))
  }

  @Test func `onnxruntime's optimised INT8 kernels decide otherwise on few samples`() throws {
    guard Processor.hasVNNI else {
      print("skipped: the processor has no VNNI; 8-bit products saturate on others")
      return
    }
    guard let twin = try Twin(Self.cases[3]) else { return }
    let ours = try twin.ours()
    guard let (theirs, _) = try twin.theirs(optimised: true) else { return }
    let different = zip(ours, theirs).enumerated().filter { Decision($1.0)?.best != Decision($1.1)?.best }
    print("optimised: other decisions on the samples \(different.map(\.offset))")
    #expect(different.count * 100 <= ours.count)
  }
}

/// A network in INT8, ready to run here and there.
private struct Twin {
  let network: Network
  let policy: NumericPolicy
  let model: Model
  let inputs: [[Tensor]]
  let logits: String
  let folder: TemporaryFolder

  /// Nil, with a printed reason, where the data are not on this machine.
  init?(_ test: QuantizedTruthTests.Case) throws {
    let root = SharedData.root(having: "expected/expected.json")
    if test.recipe != "fashion_resnet", root == nil { return nil }
    let recipe = try Recipe(contentsOf: "\(Checkout.root)/Calibration/\(test.recipe).yaml", dataRoot: root ?? "")
    let original = try ONNXReader.readModel(at: try #require(recipe.model))
    let prepared = original.preparedForQuantization(with: ConstantEvaluator())
    let cache = try LoadedCache(path: "\(Checkout.root)/Calibration/\(test.recipe).cache.json")
    var ranges: [String: ActivationRange] = [:]
    for entry in cache.document.entries {
      ranges[entry.name] = ActivationRange(
        scale: entry.scale, lower: entry.range.map { Float($0.lower) }, upper: entry.range.map { Float($0.upper) })
    }
    let plan = QuantizationPlan(prepared.graph, ranges: ranges, target: test.target)
    network = try Network(prepared)
    policy = NumericPolicy(operandGrids: plan.gridsByNode)
    model = QuantizedTwin.make(prepared, plan: plan)
    let index = GraphIndex(prepared.graph)
    let output = prepared.graph.outputs[0].name
    let last = index.producer(of: output).map { prepared.graph.nodes[$0] }
    logits = last?.opType == "Softmax" ? last?.inputs[0] ?? output : output
    let set = try SampleSet.open(try #require(recipe.test))
    let preprocessor = try Preprocessor(recipe.preprocessing)
    inputs = try set.samples.prefix(test.samples).map { sample in
      try sample.load(with: preprocessor).map { named in
        let shape = named.tensor.shape
        return named.tensor.reshaped(to: shape.rank == 4 ? shape : Shape([1] + shape.dimensions))
      }.map { Tensor($0.array(of: Float.self), shape: $0.shape) }
    }
    folder = try TemporaryFolder()
  }

  func ours() throws -> [[Float]] {
    let place = network.tensors.firstIndex { $0.name == logits }
    let plan = try network.plan(
      for: inputs[0].map(\.type), policy: policy, observing: place.map { .only([$0]) } ?? .nothing)
    let session = Session(plan)
    return try inputs.map { sample in
      let tap = Tap()
      session.load(sample)
      try session.run(observer: tap)
      return tap.values
    }
  }

  /// What onnxruntime computes, and how close in dB it stays to itself when its biases move by a bit.
  func theirs(optimised: Bool) throws -> (values: [[Float]], limit: Double)? {
    let path = "\(folder.path)/twin.onnx"
    try ONNXWriter.write(model, to: path)
    let shape = inputs[0][0].shape
    let stacked = Tensor(
      inputs.flatMap { $0[0].array(of: Float.self) }, shape: Shape([inputs.count] + shape.dimensions.dropFirst()))
    try NPYFile.write(stacked, to: "\(folder.path)/in.npy")
    let arguments = [path, "\(folder.path)/in.npy", "\(folder.path)/out.npy", optimised ? "on" : "off", logits]
    guard let lines = try Oracle.lines("quantized.py", arguments) else { return nil }
    let out = try NPYFile.read("\(folder.path)/out.npy")
    let width = out.count / inputs.count
    let values = out.array(of: Float.self)
    return (
      inputs.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }, lines.first.flatMap { Double($0) } ?? 999
    )
  }
}

private final class Tap: TensorObserver {
  private(set) var values: [Float] = []

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
    unsafe self.values.append(contentsOf: values)
  }
}
