import Calibration
import CalibrationData
import ONNX
import Pipeline
import TensorCore
import TestSupport
import Testing

/// Samples with values that are no numbers: found wherever they stand.
@Suite struct FiniteInputTests {
  /// Two whole vectors of 16 and a rest.
  private static let count = 37

  private func run(_ values: [Float]) throws -> CalibrationOutcome {
    let folder = try TemporaryFolder()
    var model = Model(graph: Graph(name: "g"), opsets: ["": 13])
    let shape: [Dimension] = [.fixed(1), .fixed(values.count)]
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: shape)]
    model.graph.nodes = [Node(name: "relu", opType: "Relu", domain: "", inputs: ["x"], outputs: ["y"], attributes: [:])]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: shape)]
    try ONNXWriter.write(model, to: "\(folder.path)/net.onnx")
    try NPYWriter.write(Tensor(values, shape: [1, values.count]), to: "\(folder.path)/x.npy")
    let samples = try SampleSet.open("\(folder.path)/x.npy")
    return try CalibrationJob(
      model: "\(folder.path)/net.onnx", samples: samples, estimator: MaxRange(), workers: 1
    ).run()
  }

  @Test(arguments: 0..<count, [Float.nan, .infinity, -.infinity]) func `one alone is named`(
    place: Int, value: Float
  ) throws {
    var values = (0..<Self.count).map { Float($0) * 1e36 }
    values[place] = value
    let error = try #require(throws: PipelineError.self) { try run(values) }
    #expect(error.code == .badData)
    #expect("\(error)".contains("expected finite numbers, found \(value) at element \(place);"))
  }

  @Test func `the largest numbers are numbers`() throws {
    let values = (0..<Self.count).map { $0 % 2 == 0 ? Float.greatestFiniteMagnitude : -.greatestFiniteMagnitude }
    #expect(try run(values).sampleCount == 1)
  }
}
