import CalibrationData
import Executor
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// Whole networks against onnxruntime's outputs for the same input tensors.
@Suite struct ReferenceNetworkTests {
  /// A network whose expected input and output stand beside the data.
  struct Reference: Sendable, CustomTestStringConvertible {
    let name: String
    /// For inputs stored as 8-bit pictures: what turns them into the network's input.
    var mean: [Float]?
    var std: Float = 1
    var testDescription: String { name }
  }

  static let references = [
    Reference(name: "cifar10_resnet20"),
    Reference(name: "mlperf_tiny_resnet8_cifar10"),
    Reference(name: "mlperf_tiny_kws_dscnn"),
    Reference(name: "mnist_lenet_caffe_a"),
    Reference(name: "efficientnet_lite0", mean: [127, 127, 127], std: 128),
    Reference(name: "squeezenet1.1", mean: [104, 117, 123]),
  ]

  @Test(arguments: references)
  func `logits are within 1e-4 of the largest`(reference: Reference) throws {
    guard let root = SharedData.root() else { return }
    let network = try Network(ONNXReader.readModel(at: "\(root)/models/\(reference.name).onnx"))
    let expected = try Self.expectedLogits(reference, root)
    let watched = try #require(Self.logitsTensor(of: network))
    let inputs = try Self.inputs(reference, root)
    let plan = try network.plan(for: [inputs[0].type], observing: .only([watched]))
    let session = Session(plan)
    let recorder = Recorder()
    for (rank, input) in inputs.enumerated() {
      session.load([input])
      try session.run(sample: rank, observer: recorder)
    }
    #expect(recorder.values.count == expected.count)
    let largest = expected.map(abs).max() ?? 0
    let worst = zip(recorder.values, expected).map { abs($0 - $1) }.max() ?? .infinity
    print("\(reference.name): worst difference \(worst / largest) of the largest logit")
    #expect(worst <= 1e-4 * largest)
  }

  /// The input of the last Softmax, or the output of a network that ends without one.
  private static func logitsTensor(of network: Network) -> Int? {
    let graph = network.model.graph
    let softmax = graph.nodes.last { $0.opType == "Softmax" }
    let name = softmax?.inputs[0] ?? graph.outputs[0].name
    return network.tensors.firstIndex { $0.name == name }
  }

  private static func expectedLogits(_ reference: Reference, _ root: String) throws -> [Float] {
    let logits = "\(root)/expected/\(reference.name).logits.npy"
    let path = FileManager.default.fileExists(atPath: logits) ? logits : "\(root)/expected/\(reference.name).output.npy"
    return try load(path).flatMap { $0.array(of: Float.self) }
  }

  private static func inputs(_ reference: Reference, _ root: String) throws -> [Tensor] {
    guard let mean = reference.mean else { return try load("\(root)/expected/\(reference.name).input.npy") }
    return try load("\(root)/expected/\(reference.name).input_u8.npy").map { picture in
      let plane = picture.shape[2] * picture.shape[3]
      let values = picture.array(of: UInt8.self).enumerated().map { index, value in
        (Float(value) - mean[index / plane]) / reference.std
      }
      return Tensor(values, shape: picture.shape)
    }
  }

  private static func load(_ path: String) throws -> [Tensor] {
    // One preprocessor each, for it takes a tensor's memory again for the next.
    try SampleSet.open(path).samples.map { try $0.load(with: Preprocessor())[0].tensor }
  }
}

/// Keeps everything it is shown.
final class Recorder: TensorObserver {
  var values: [Float] = []
  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) { unsafe self.values += values }
}
