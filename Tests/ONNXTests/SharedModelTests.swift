import FoundationEssentials
import ONNX
import TensorCore
import Testing

@Suite struct SharedModelTests {
  /// File, nodes, inputs and overridable inputs.
  static let networks: [(file: String, nodes: Int, inputs: [String], overridable: Int)] = [
    ("cifar10_resnet20", 54, ["input"], 0),
    ("mlperf_tiny_resnet8_cifar10", 23, ["input"], 0),
    ("mlperf_tiny_kws_dscnn", 22, ["input"], 0),
    ("efficientnet_lite0", 94, ["input"], 0),
    ("squeezenet1.1", 66, ["data"], 0),
    ("mnist_lenet_caffe_a", 9, ["data"], 0),
    ("fastestdet_coco_352", 211, ["input.1"], 0),
    ("ultraface_slim-320", 217, ["input"], 184),
  ]

  @Test(arguments: networks)
  func `real networks are read`(file: String, nodes: Int, inputs: [String], overridable: Int) throws {
    guard let path = sharedData("models/\(file).onnx") else { return }
    let model = try ONNXReader.readModel(at: path)
    #expect(model.graph.nodes.count == nodes)
    #expect(model.graph.inputs.map(\.name) == inputs)
    #expect(model.graph.overridableInputs.count == overridable)
    #expect(model.externalFiles.isEmpty)
  }
}

/// The path of a file of the shared data, or nil, with a line that says so, where it is absent.
func sharedData(_ file: String) -> String? {
  var roots: [String] = []
  if let root = ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"] {
    roots = [root]
  } else {
    var folder = URL(filePath: #filePath)
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      roots.append(folder.appending(path: "shared/data").path)
    }
  }
  for root in roots where FileManager.default.fileExists(atPath: "\(root)/\(file)") { return "\(root)/\(file)" }
  print("skipped: the shared data file \(file) is absent; set QTOOL_DATA_ROOT to the folder that holds it")
  return nil
}
