import Executor
import ONNX
import TensorCore
import TestSupport
import Testing

/// Nodes that run in place on the output of another against the same nodes one by one.
@Suite struct FusionTests {
  @Test(arguments: 1...60)
  func `a fused plan computes what single nodes compute`(seed: UInt64) throws {
    var drawn = RandomNetwork(seed: seed)
    let samples = drawn.samples(3, magnitude: seed % 5 == 0 ? 1e38 : 3).parts
    let fused = try Network(drawn.model), single = try Network(drawn.unfused)
    let seen = try fused.observeDirectly(samples, keepsValues: true)
    var shown = Array(repeating: [Float](), count: fused.tensors.count)
    let fusedSession = Session(try fused.plan(for: [samples[0].type]))
    let singleSession = Session(try single.plan(for: [samples[0].type]))
    for sample in samples {
      fusedSession.load([sample])
      singleSession.load([sample])
      try fusedSession.run()
      try singleSession.run()
      for (place, output) in drawn.model.graph.outputs.enumerated() {
        // The outputs stand first in both.
        expectSame(fusedSession.outputs[place].array(), singleSession.outputs[place].array(), output.name)
      }
      for (output, tensor) in zip(single.model.graph.outputs, singleSession.outputs) {
        let index = try #require(fused.tensors.firstIndex { $0.name == output.name })
        shown[index] += tensor.array(of: Float.self)
      }
    }
    // Observing must not change what is computed, and must show each node's own result, in whatever order it lies.
    for (index, tensor) in fused.tensors.enumerated() where tensor.node != nil {
      expectSame(sorted(seen.values[index]), sorted(shown[index]), tensor.name)
    }
  }

  @Test(arguments: 1...60)
  func `the tensors of a fused network are the whole network's but for those inside a step`(seed: UInt64) throws {
    var drawn = RandomNetwork(seed: seed)
    let samples = drawn.samples(3).parts
    let network = try Network(drawn.model)
    let all = try network.observeDirectly(samples)
    let fused = try network.fusedTensors(for: [samples[0].type])
    let part = try network.observeDirectly(samples, chosen: fused)
    for index in fused { #expect(part.collectors[index] == all.collectors[index], "\(network.tensors[index].name)") }
    // Outputs of the network are never inside a step.
    let outputs = Set(drawn.model.graph.outputs.map(\.name))
    for (index, tensor) in network.tensors.enumerated() where outputs.contains(tensor.name) {
      #expect(fused.contains(index) || tensor.derivation != nil, "\(tensor.name)")
    }
  }

  private func sorted(_ values: [Float]) -> [Float] {
    values.map { $0.isNaN ? .nan : $0 }.sorted { $0.bitPattern < $1.bitPattern }
  }

  private func expectSame(_ found: [Float], _ expected: [Float], _ name: String) {
    #expect(found.count == expected.count, "\(name)")
    // NaN is no number twice over: its sign and payload mean nothing.
    let isSame = zip(found, expected).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
    let pair = zip(found, expected).first { $0.bitPattern != $1.bitPattern }
    #expect(isSame, "\(name): \(pair.map { "\($0.0), not \($0.1)" } ?? "")")
  }
}
