import Foundation
import TensorCore
import TestSupport
import Testing

/// A network that others made, with inputs for it and what onnxruntime computes of them.
struct PublicNetwork: Sendable, CustomTestStringConvertible {
  let name: String
  /// Whether it stands among the evaluation data; else `Scripts/fetch-test-networks.sh` fetches it.
  let isShared: Bool
  var testDescription: String { name }

  static let fetched = [
    "ppocr_det", "ppocr_rec", "ppocr_cls", "magika", "centerface", "minilm", "silero_vad", "silero_vad_16k_op15",
    "silero_vad_16k_sequence", "silero_vad_half", "silero_vad_op18_ifless", "silero_vad_openvino_16k",
  ].map { PublicNetwork(name: $0, isShared: false) }

  static let shared = [
    "cifar10_resnet20", "mlperf_tiny_resnet8_cifar10", "mlperf_tiny_kws_dscnn", "efficientnet_lite0", "squeezenet1.1",
    "mnist_lenet_caffe_a", "fastestdet_coco_352", "ultraface_slim-320",
  ].map { PublicNetwork(name: $0, isShared: true) }

  /// The network that comes with the program.
  static let bundled = PublicNetwork(name: "fashion_resnet", isShared: false)

  static let all = fetched + shared

  /// The file; nil, with a printed reason, where it is not on this machine.
  func path(for test: String = #function) -> String? {
    if self.name == Self.bundled.name { return "\(Checkout.root)/Datasets/fashion/fashion_resnet.onnx" }
    if isShared {
      return SharedData.root(having: "models/\(name).onnx", for: test).map { "\($0)/models/\(name).onnx" }
    }
    let path = "\(Checkout.root)/.venv/networks/\(name).onnx"
    if FileManager.default.fileExists(atPath: path) { return path }
    print("skipped \(test): no network '\(name)'; `make venv` fetches it")
    return nil
  }

  /// Runs the network in onnxruntime; the files go to `folder`. Nil, with a printed reason, without Python.
  func cases(_ path: String, in folder: TemporaryFolder, for test: String = #function) throws -> [OracleCase]? {
    try Oracle.lines("networks.py", [name, path, folder.path], for: test)?.map {
      try JSONDecoder().decode(OracleCase.self, from: Data($0.utf8))
    }
  }
}

/// The inputs and outputs of one run in onnxruntime.
struct OracleCase: Decodable {
  struct Entry: Decodable {
    let name: String
    let file: String
  }

  let `case`: String
  let inputs: [Entry]
  let outputs: [Entry]

  func tensor(_ name: String, of entries: [Entry], in folder: TemporaryFolder) throws -> Tensor? {
    guard let entry = entries.first(where: { $0.name == name }) else { return nil }
    return try NPYFile.read("\(folder.path)/\(entry.file)")
  }
}
