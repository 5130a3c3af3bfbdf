import CalibrationCache
import Foundation
import ONNX
import Reporting
import TensorCore

/// Takes the scales out of a network with QuantizeLinear and DequantizeLinear nodes: a cache of what it was exported with.
package struct QDQScales: Sendable {
  package var network: String
  package var output: String
  /// The format to write.
  package var format: String
  package var builderVersion: String?

  package init(network: String, output: String, format: String) {
    self.network = network
    self.output = output
    self.format = format
  }

  /// - Throws: ``PipelineError`` for a network without such nodes.
  package func run() throws(PipelineError) -> CacheConversion.Result {
    try OutputCheck.check([output], besides: [network])
    let model: Model
    do { model = try ONNXReader.readModel(at: network) } catch { throw PipelineError(error) }
    var warnings: [String] = []
    var document = CacheDocument(entries: Self.entries(of: model.graph, &warnings))
    guard !document.entries.isEmpty else {
      throw PipelineError(
        .badData,
        "\(network): expected QuantizeLinear nodes with constant scales, found none; "
          + "is this the network before its export? 'qtool calibrate' makes scales for that")
    }
    let target = try LoadedCache.format(format, flag: "--format")
    guard target == TensorRTCache.self || builderVersion == nil else {
      throw PipelineError(.usage, "--trt-version: expected the format tensorrt, found \(target.name); leave it out")
    }
    do {
      if target == TensorRTCache.self {
        let version = try builderVersion.map { text throws(TensorRTVersionError) in try TensorRTVersion(text) }
        document.header = TensorRTHeader(version: version ?? .assumed, calibrator: .entropy2)
        if version == nil {
          warnings.append(
            "the cache is for TensorRT \(TensorRTVersion.assumed); a builder skips a cache of another version: "
              + "give yours with --trt-version")
        }
      }
    } catch {
      throw PipelineError(.usage, "--trt-version: \(error)")
    }
    warnings += target.omissions(document, from: AIMETEncodings200.self).map(\.description)
    do { try AtomicFile.write(try target.write(document), to: output) } catch { throw PipelineError(error) }
    return CacheConversion.Result(
      output: output, format: target.name,
      tensors: document.entries.count { target.content.contains(.weights) || $0.role == .activation },
      warnings: warnings.map(PlainText.terminal), mapping: nil)
  }

  /// An entry for each tensor that is quantized: activations by QuantizeLinear, weights that are stored quantized by
  /// DequantizeLinear. In the network's order, each name once.
  static func entries(of graph: Graph, _ warnings: inout [String]) -> [CacheEntry] {
    var constants = graph.initializers
    for node in graph.nodes where node.opType == "Constant" && node.outputs.count == 1 {
      if case .tensor(let tensor)? = node.attributes["value"] { constants[node.outputs[0]] = tensor }
    }
    var seen: Set<String> = []
    var entries: [CacheEntry] = []
    for node in graph.nodes where ["QuantizeLinear", "DequantizeLinear"].contains(node.opType) {
      guard node.inputs.count >= 2 else { continue }
      let source = node.inputs[0]
      let isStored = node.opType == "DequantizeLinear"
      // What QuantizeLinear made has been seen already.
      if isStored, constants[source] == nil { continue }
      // A bias: its scale is the product of two others.
      if isStored, constants[source]?.elementType == .int32 { continue }
      guard seen.insert(source).inserted else { continue }
      guard let encoding = encoding(of: node, constants) else {
        warnings.append("'\(source)' left out: its scale or zero point is no constant of 8 bits")
        continue
      }
      let role: CacheEntry.Role = constants[source] == nil ? .activation : .weight
      entries.append(CacheEntry(name: source, encoding: encoding, role: role, range: encoding.range))
    }
    return entries
  }

  private static func encoding(of node: Node, _ constants: [String: Tensor]) -> CacheEncoding? {
    guard let scale = constants[node.inputs[1]], let scales = floats(scale), !scales.isEmpty else { return nil }
    var zeroPoints = Array(repeating: 0, count: scales.count)
    // Without a zero point the codes are uint8, or those of the stored weights.
    var type = constants[node.inputs[0]]?.elementType ?? .uint8
    if type.isFloatingPoint { type = .uint8 }
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let tensor = constants[node.inputs[2]], let values = tensor.integers, values.count == scales.count else {
        return nil
      }
      zeroPoints = values
      type = tensor.elementType
    }
    guard type == .int8 || type == .uint8 else { return nil }
    var axis = 1
    if case .int(let given)? = node.attributes["axis"] { axis = given }
    let isPerChannel = scale.shape.rank > 0 && scales.count > 1
    return CacheEncoding(
      isSigned: type == .int8, isSymmetric: type == .int8 && zeroPoints.allSatisfy { $0 == 0 },
      channels: zip(scales, zeroPoints).map { CacheEncoding.Channel(scale: $0, zeroPoint: $1) },
      isPerChannel: isPerChannel, axis: isPerChannel ? axis : nil)
  }

  private static func floats(_ tensor: Tensor) -> [Double]? {
    switch tensor.elementType {
    case .float32: tensor.array(of: Float.self).map(Double.init)
    case .float16: tensor.array(of: Float16.self).map(Double.init)
    default: nil
    }
  }
}
