import Calibration
import CalibrationData
import Executor
import ONNX
import Pipeline
import TensorCore
import TestSupport
import Testing

/// Statistics that are worked out instead of observed.
@Suite struct DerivationTests {
  @Test(arguments: 1...60)
  func `derived statistics equal observed ones bit for bit`(seed: UInt64) throws {
    var drawn = RandomNetwork(seed: seed)
    // Every fifth network overflows: infinities and NaN must be counted alike.
    let samples = drawn.samples(7, magnitude: seed % 5 == 0 ? 1e38 : 3)
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/net.onnx", data = "\(folder.path)/samples.npy"
    try ONNXWriter.write(drawn.model, to: path)
    try NPYWriter.write(samples, to: data)
    let job = CalibrationJob(model: path, samples: try SampleSet.open(data), estimator: MaxRange(), workers: 2)
    let outcome = try job.run()

    let network = try Network(drawn.model)
    let direct = try network.observeDirectly(samples.parts)
    #expect(outcome.tensors.map(\.name) == network.tensors.map(\.name))
    #expect(outcome.tensors.count == drawn.model.graph.nodes.count + 1)
    for (found, (tensor, expected)) in zip(outcome.tensors, zip(network.tensors, direct.collectors)) {
      #expect(expected.count > 0)
      #expect(found.statistics == expected, "\(tensor.name), \(tensor.opType ?? "input")")
    }
  }

  @Test func `the drawn networks hold every kind of derivation`() throws {
    var kinds: Set<String> = []
    for seed in UInt64(1)...60 {
      for tensor in try Network(RandomNetwork(seed: seed).model).tensors where tensor.derivation != nil {
        kinds.insert(tensor.opType ?? "")
      }
    }
    #expect(kinds.isSuperset(of: ["Relu", "Clip", "Concat", "Reshape", "Transpose"]))
  }
}
