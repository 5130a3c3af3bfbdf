import Executor
import Export
import Foundation
import ONNX
import Quantization
import TensorCore
import TestSupport
import Testing

/// What is predicted of an engine, against the engine: the same bits.
@Suite(.serialized) struct EngineArithmeticTests {
  private static let sampleCount = 8

  @Test(arguments: EngineCase.all) func `an engine computes what was predicted, bit for bit`(test: EngineCase) throws {
    guard Processor.hasVNNI else {
      print("skipped: the processor has no VNNI; products of eight bits saturate on others")
      return
    }
    let folder = try TemporaryFolder()
    let model = test.model
    let inputs = test.inputs(Self.sampleCount)
    let samples = split(inputs)
    let plan = QuantizationPlan(model.graph, ranges: try ranges(model, samples), target: test.target)
    try ONNXWriter.write(QuantizedNetwork.make(model, plan: plan).model, to: "\(folder.path)/net.onnx")
    try NPYFile.write(inputs, to: "\(folder.path)/in.npy")
    let files = ["net.onnx", "in.npy", "out.npy"].map { "\(folder.path)/\($0)" }
    let arguments = [test.target.rawValue] + files
    guard let version = try Oracle.lines("engines.py", arguments) else { return }
    let theirs = try NPYFile.read("\(folder.path)/out.npy").array(of: Float.self)

    let engine = try #require(EngineNetwork(model, plan: plan))
    let predicted = try run(engine.model, engine.operandGrids, samples)
    let written = try run(model, plan.gridsByNode, samples)
    #expect(predicted.count == theirs.count)
    #expect(zip(predicted, theirs).allSatisfy { $0.bitPattern == $1.bitPattern }, "\(version)")
    // That the test can fail: node by node, the sums come out in another order.
    #expect(written != predicted)
  }

  @Test func `No arithmetic is known of TensorRT: its plan says what is computed`() throws {
    let model = EngineCase(kind: .chain, target: .tensorrt, seed: 1).model
    #expect(EngineNetwork(model, plan: QuantizationPlan(model.graph, ranges: [:], target: .tensorrt)) == nil)
  }

  private func split(_ inputs: Tensor) -> [Tensor] {
    let values = inputs.array(of: Float.self), size = EngineCase.inputShape.count
    return (0..<Self.sampleCount).map {
      Tensor(Array(values[$0 * size..<($0 + 1) * size]), shape: EngineCase.inputShape)
    }
  }

  private func run(_ model: Model, _ grids: [String: [Int: IntegerGrid]], _ samples: [Tensor]) throws -> [Float] {
    let plan = try Network(model).plan(for: [samples[0].type], policy: NumericPolicy(operandGrids: grids))
    let session = Session(plan)
    return try samples.flatMap { sample in
      session.load([sample])
      try session.run()
      return session.outputs[0].array(of: Float.self)
    }
  }

  private func ranges(_ model: Model, _ samples: [Tensor]) throws -> [String: ActivationRange] {
    let network = try Network(model)
    let tap = RangeTap()
    let session = Session(
      try network.plan(for: [samples[0].type], observing: .only(Set(network.tensors.indices))))
    for sample in samples {
      session.load([sample])
      try session.run(observer: tap)
    }
    var ranges: [String: ActivationRange] = [:]
    for (place, range) in tap.ranges {
      // Some values lie beyond: they are cut off.
      let lower = range.lower * 0.9, upper = range.upper * 0.9
      ranges[network.tensors[place].name] = ActivationRange(scale: max(-lower, upper) / 127, lower: lower, upper: upper)
    }
    return ranges
  }
}
