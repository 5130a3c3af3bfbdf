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
    PublicNetwork.shared
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

  @Test(arguments: ["tensorrt", "onnxruntime", "openvino"])
  func `onnxruntime, node by node, decides as was predicted on all but one sample of 300`(target: String) throws {
    let model = "models/mlperf_tiny_kws_dscnn.onnx"
    guard let root = SharedData.root(having: model) else { return }
    let folder = try TemporaryFolder()
    var calibration = CalibrationSettings(recipe: Recipe())
    calibration.recipe.model = "\(root)/\(model)"
    calibration.recipe.data = "\(root)/datasets/kws/calib.csv"
    calibration.recipe.method = "mse"
    calibration.cachePath = "\(folder.path)/kws.cache"
    _ = try calibration.run()
    var settings = ExportSettings(model: "\(root)/\(model)", output: "\(folder.path)/kws.onnx", format: .qdq)
    settings.calibration = "\(folder.path)/kws.cache.json"
    settings.target = try Choices.target(target)
    _ = try ExportJob(settings).run()
    let test = "\(root)/datasets/kws/test.csv"
    guard let decisions = try Oracle.lines("decisions.py", [settings.output, test, "300", "none", "off"]) else {
      return
    }

    // In the executor the file computes what the simulation does, bit for bit.
    let network = try Network(ONNXReader.readModel(at: settings.output))
    let session = Session(try network.plan(for: [TensorType([1, 1, 49, 10])]))
    let files = try text(of: test).split(separator: "\n").dropFirst().compactMap { $0.split(separator: ",").first }
    var different = 0
    for (index, file) in files.prefix(300).enumerated() {
      session.load([try NPYFile.read("\(root)/datasets/kws/\(file)").reshaped(to: [1, 1, 49, 10])])
      try session.run()
      let output = session.outputs[0].array(of: Float.self)
      let ours = output.indices.max { output[$0] < output[$1] || output[$0] == output[$1] && $0 > $1 }
      if decisions[index] != ours.map(String.init) { different += 1 }
    }
    print("\(target): \(different) of \(decisions.count) decisions differ")
    #expect(decisions.count == 300 && different <= 1)
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
