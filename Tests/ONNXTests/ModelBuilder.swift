import FoundationEssentials
import ONNX
import OnnxProto
import TensorCore

/// Builds the messages of small networks.
enum Build {
  /// A network of `nodes` with float inputs and outputs of those names.
  static func model(
    _ nodes: [OnnxNodeProto], inputs: [String] = ["x"], outputs: [String] = ["y"],
    initializers: [OnnxTensorProto] = [], opset: Int64? = 13
  ) -> OnnxModelProto {
    var model = OnnxModelProto()
    model.irVersion = 8
    model.producerName = "tests"
    if let opset { model.opsetImport = [opsetID("", opset)] }
    model.graph = graph(nodes, inputs: inputs, outputs: outputs, initializers: initializers)
    return model
  }

  static func graph(
    _ nodes: [OnnxNodeProto], inputs: [String] = [], outputs: [String] = [], initializers: [OnnxTensorProto] = []
  ) -> OnnxGraphProto {
    var graph = OnnxGraphProto()
    graph.name = "g"
    graph.node = nodes
    graph.input = inputs.map { value($0) }
    graph.output = outputs.map { value($0) }
    graph.initializer = initializers
    return graph
  }

  static func opsetID(_ domain: String, _ version: Int64) -> OnnxOperatorSetIdProto {
    var id = OnnxOperatorSetIdProto()
    id.domain = domain
    id.version = version
    return id
  }

  static func node(
    _ opType: String, _ inputs: [String], _ outputs: [String], name: String = "", _ attributes: OnnxAttributeProto...
  ) -> OnnxNodeProto {
    var node = OnnxNodeProto()
    node.opType = opType
    node.input = inputs
    node.output = outputs
    if !name.isEmpty { node.name = name }
    node.attribute = attributes
    return node
  }

  static func attribute(
    _ name: String, _ type: OnnxAttributeProto.AttributeType, _ fill: (inout OnnxAttributeProto) -> Void
  ) -> OnnxAttributeProto {
    var attribute = OnnxAttributeProto()
    attribute.name = name
    attribute.type = type
    fill(&attribute)
    return attribute
  }

  static func value(_ name: String, dims: [Int64] = [1]) -> OnnxValueInfoProto {
    var info = OnnxValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = 1
    info.type.tensorType.shape.dim = dims.map { extent in
      var dimension = OnnxTensorShapeProto.Dimension()
      dimension.dimValue = extent
      return dimension
    }
    return info
  }

  static func tensor(
    _ name: String, _ type: OnnxTensorProto.DataType, dims: [Int64], _ fill: (inout OnnxTensorProto) -> Void = { _ in }
  ) -> OnnxTensorProto {
    var tensor = OnnxTensorProto()
    tensor.name = name
    tensor.dataType = Int32(type.rawValue)
    tensor.dims = dims
    fill(&tensor)
    return tensor
  }

  static func floats(_ name: String, _ values: [Float], dims: [Int64]) -> OnnxTensorProto {
    tensor(name, .float, dims: dims) { $0.floatData = values }
  }

  /// A tensor whose values lie in a file beside the model.
  static func external(_ name: String, dims: [Int64], _ entries: KeyValuePairs<String, String>) -> OnnxTensorProto {
    tensor(name, .float, dims: dims) {
      $0.dataLocation = .external
      $0.externalData = entries.map { key, value in
        var entry = OnnxStringStringEntryProto()
        entry.key = key
        entry.value = value
        return entry
      }
    }
  }
}

/// Reads a network from its message, as from a file `model.onnx`.
func read(_ proto: OnnxModelProto) throws -> Model {
  try ONNXReader.readModel(from: try proto.onnxBytes(), path: "model.onnx")
}

/// Reads a network that uses one constant, called `w`.
func readConstant(_ tensor: OnnxTensorProto) throws -> Tensor? {
  try read(Build.model([Build.node("Add", ["x", "w"], ["y"])], initializers: [tensor])).graph.initializers["w"]
}

/// Why a network is refused, or nil where it is not.
func fault(_ body: () throws -> Void) -> ONNXError.Fault? {
  do {
    try body()
    return nil
  } catch {
    return (error as? ONNXError)?.fault
  }
}

/// A folder for one test, removed with all in it when the value is let go.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/onnx-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  @discardableResult
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }
}

/// A random number generator that gives the same numbers everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
