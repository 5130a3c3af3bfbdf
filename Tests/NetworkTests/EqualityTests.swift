import Executor
import ONNX
import TensorCore
import TestSupport
import Testing

/// Whole networks against onnxruntime on the same inputs.
@Suite struct EqualityTests {
  @Test(arguments: PublicNetwork.all)
  func `outputs are within 1e-4 of the largest`(public: PublicNetwork) throws {
    let folder = try TemporaryFolder()
    guard let path = `public`.path(), let cases = try `public`.cases(path, in: folder) else { return }
    #expect(!cases.isEmpty)
    let network = try Network(ONNXReader.readModel(at: path))
    let graph = network.model.graph
    var worst: Float = 0
    for oracle in cases {
      let inputs = try graph.inputs.map { try #require(try oracle.tensor($0.name, of: oracle.inputs, in: folder)) }
      let session = Session(try network.plan(for: inputs.map(\.type)))
      session.load(inputs)
      try session.run()
      for (index, output) in graph.outputs.enumerated() {
        let found = try #require(session.output(index))
        let expected = try #require(try oracle.tensor(output.name, of: oracle.outputs, in: folder))
        #expect(found.type == expected.type, "\(oracle.case), \(output.name)")
        guard found.type == expected.type else { continue }
        let bound = network.tensors.first { $0.name == output.name }?.magnitudeBound ?? 0
        let difference = Self.difference(found, expected, bound: bound)
        #expect(difference <= 1e-4, "\(oracle.case), \(output.name)")
        worst = max(worst, difference)
      }
    }
    print("\(`public`.name): \(cases.count) cases, worst difference \(worst) of the largest output")
  }

  /// The largest difference, as a share of the largest magnitude that is expected; infinite where one is no number.
  ///
  /// - Parameter bound: What a Sigmoid or Softmax can yield at most; they are measured against that, for where all they
  ///   yield lies far below, the last bits of their inputs decide it.
  private static func difference(_ found: Tensor, _ expected: Tensor, bound: Float) -> Float {
    guard let expectedFloats = expected.floats, let foundFloats = found.floats else {
      return found.integers == expected.integers ? 0 : .infinity
    }
    var largest = bound, worst: Float = 0
    for (a, b) in zip(foundFloats, expectedFloats) {
      guard a.isFinite, b.isFinite else { return .infinity }
      largest = max(largest, abs(b))
      worst = max(worst, abs(a - b))
    }
    return worst == 0 ? 0 : worst / largest
  }
}
