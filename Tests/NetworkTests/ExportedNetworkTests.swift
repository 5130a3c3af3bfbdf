import CalibrationCache
import Executor
import Export
import Foundation
import ONNX
import Pipeline
import TensorCore
import TestSupport
import Testing

/// Networks that others made, in every form that `export` writes.
@Suite struct ExportedNetworkTests {
  /// Without control flow around their layers, and in floats of 32 bits.
  static let networks =
    [PublicNetwork.bundled] + PublicNetwork.shared
    + PublicNetwork.fetched.filter {
      ["ppocr_det", "ppocr_rec", "ppocr_cls", "minilm", "centerface"].contains($0.name)
    }

  private struct Verdict: Decodable {
    let file: String
    let errors: [String: String]
    let finite: Bool?
  }

  @Test(arguments: networks) func `exported networks load and run wherever they should`(public: PublicNetwork) throws {
    let folder = try TemporaryFolder()
    guard let path = `public`.path(), let cases = try `public`.cases(path, in: folder) else { return }
    let record = try calibrate(path, folder)
    let shapes = try inputShapes(cases[0], folder)
    var written: [String] = []
    for (format, target) in [
      ("qdq", "tensorrt"), ("qdq", "onnxruntime"), ("qdq", "openvino"), ("fp16", "tensorrt"), ("mixed", "tensorrt"),
    ] {
      var settings = ExportSettings(
        model: path, output: "\(folder.path)/\(format)-\(target).onnx", format: try Choices.exportFormat(format))
      settings.calibration = record
      settings.target = try Choices.target(target)
      settings.allowsMissing = true
      settings.keepsIOTypes = true
      settings.inputShapes = shapes
      let outcome = try ExportJob(settings).run()
      if format != "fp16" { #expect(outcome.quantizedWeights > 0) }
      // Read again and written again, it is the same network.
      let bytes = try Data(contentsOf: URL(filePath: settings.output))
      #expect(try ONNXWriter.bytes(of: ONNXReader.readModel(at: settings.output)) == bytes)
      written.append(settings.output)
    }
    for line in try Oracle.lines("exported.py", written) ?? [] {
      let verdict = try JSONDecoder().decode(Verdict.self, from: Data(line.utf8))
      #expect(verdict.errors.isEmpty, "\(`public`.name) \(verdict.file): \(verdict.errors)")
    }
  }

  @Test func `a cache of TensorRT and a network whose names fit make a network with exactly those scales`() throws {
    guard let root = SharedData.root(having: "caches/trt8003_ec2_mnist.cache"),
      SharedData.root(having: "models/cifar10_resnet20.onnx") != nil
    else { return }
    let folder = try TemporaryFolder()
    let cachePath = "\(root)/caches/trt8003_ec2_mnist.cache"
    let cache = try LoadedCache(path: cachePath).document
    var model = try ONNXReader.readModel(at: "\(root)/models/cifar10_resnet20.onnx")
    rename(&model, cache.entries.map(\.name))
    let path = "\(folder.path)/renamed.onnx"
    try ONNXWriter.write(model, to: path)
    var settings = ExportSettings(model: path, output: "\(folder.path)/int8.onnx", format: .qdq)
    settings.calibration = cachePath
    settings.allowsMissing = true
    _ = try ExportJob(settings).run()
    let graph = try ONNXReader.readModel(at: settings.output).graph
    let scales = Dictionary(cache.entries.map { ($0.name, $0.scaleBits) }) { first, _ in first }
    var count = 0
    for node in graph.nodes where node.opType == "QuantizeLinear" {
      let scale = try #require(graph.initializers[node.inputs[1]]).array(of: Float.self)
      #expect(scale.map(\.bitPattern) == [try #require(scales[node.inputs[0]])])
      count += 1
    }
    #expect(count > 10)
  }

  /// The record of a calibration on the oracle's own samples.
  private func calibrate(_ path: String, _ folder: TemporaryFolder) throws -> String {
    var settings = CalibrationSettings(recipe: Recipe())
    settings.recipe.model = path
    settings.recipe.data = "\(folder.path)/samples"
    settings.recipe.method = "max"
    settings.cachePath = "\(folder.path)/net.cache"
    return try settings.run().cachePath + ".json"
  }

  private func inputShapes(_ item: OracleCase, _ folder: TemporaryFolder) throws -> [String] {
    try item.inputs.compactMap { entry in
      try item.tensor(entry.name, of: item.inputs, in: folder).map { tensor in
        "\(entry.name):" + tensor.shape.dimensions.map(String.init).joined(separator: "x")
      }
    }
  }

  /// Gives the input, then the nodes' outputs that depend on it, the names in turn.
  private func rename(_ model: inout Model, _ names: [String]) {
    let dependent = model.graph.valuesDependingOnInputs
    let old = model.graph.inputs.map(\.name) + model.graph.nodes.flatMap(\.outputs).filter(dependent.contains)
    let new = Dictionary(zip(old, names)) { first, _ in first }
    func renamed(_ name: String) -> String { new[name] ?? name }
    for index in model.graph.nodes.indices {
      model.graph.nodes[index].inputs = model.graph.nodes[index].inputs.map(renamed)
      model.graph.nodes[index].outputs = model.graph.nodes[index].outputs.map(renamed)
    }
    for index in model.graph.inputs.indices { model.graph.inputs[index].name = renamed(model.graph.inputs[index].name) }
    for index in model.graph.outputs.indices {
      model.graph.outputs[index].name = renamed(model.graph.outputs[index].name)
    }
    model.graph.values = []
  }
}
