import Foundation
import ONNX
import TestSupport
import Testing

@Suite struct ExportCommandTests {
  private func export(_ arguments: [String], _ place: Workplace) throws -> Command.Result {
    try Command(Checkout.program, ["export"] + arguments, in: place.folder.path).run()
  }

  /// A place with a network and its calibration.
  private func calibrated() throws -> Workplace {
    let place = try Workplace()
    let result = try place.calibrate(
      ["in/net.onnx", "--data", "in/samples.npy", "--method", "max", "--output", "in/net.cache"]
    ).run()
    try #require(result.code == 0, "\(result.errors)")
    return place
  }

  @Test func `a cache becomes a network, with a record beside it`() throws {
    let place = try calibrated()
    let result = try export(
      ["in/net.onnx", "--calibration", "in/net.cache", "-o", "out/net.onnx", "--verify"], place)
    #expect(result.code == 0, "\(result.errors)")
    #expect(
      result.output.hasPrefix("out/net.onnx: qdq, operator set 13\n1 activation and 1 weight in INT8 for tensorrt\n"))
    #expect(result.output.contains("verified: read again and run here, against the prediction: equal"))
    #expect(result.output.contains("build: trtexec --onnx=out/net.onnx --saveEngine=out/net.engine"))
    #expect(place.written == ["out/net.onnx", "out/net.onnx.json"])
    let graph = try ONNXReader.readModel(at: place.path("out/net.onnx")).graph
    #expect(graph.nodes.map(\.opType) == ["QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv", "Relu"])

    let again = try export(["out/net.onnx", "--calibration", "in/net.cache", "-o", "out/again.onnx"], place)
    #expect(again.code == 65)
    #expect(again.errorLines.count == 1 && again.errors.contains("quantized already"))
    #expect(place.written == ["out/net.onnx", "out/net.onnx.json"])
  }

  @Test func `16 bits, mixed and cache files are written too`() throws {
    let place = try calibrated()
    for arguments in [
      ["--format", "fp16", "--keep-fp32", "conv.*", "--keep-io-types", "--verify"], ["--format", "bf16"],
      ["--format", "mixed", "--calibration", "in/net.cache.json"], ["--format", "opset", "--opset", "19"],
      ["--format", "onnxruntime-json", "--calibration", "in/net.cache"],
      ["--format", "trtexec", "--calibration", "in/net.cache", "--keep-fp32", "last"],
    ] {
      let result = try export(["in/net.onnx", "-o", "out/\(arguments[1])", "--json"] + arguments, place)
      #expect(result.code == 0, "\(arguments): \(result.errors)")
      let record = try text(of: place.path("out/\(arguments[1]).json"))
      #expect(result.output == record)
      if arguments[1] == "trtexec" {
        #expect(
          record.contains(
            "trtexec --onnx=in/net.onnx --int8 --calib=out/trtexec --fp16 --precisionConstraints=obey "
              + "--layerPrecisions=last:fp32 --saveEngine=in/net.engine"))
      }
    }
  }

  @Test(arguments: [
    (["in/net.onnx"], Int32(64), "--calibration: expected a calibration record or cache"),
    (["in/net.onnx", "--format", "fp8"], 64, "--format: expected one of qdq, fp16"),
    (["in/net.onnx", "--target", "tvm"], 64, "--target: expected one of tensorrt, onnxruntime, openvino, found 'tvm'"),
    (
      ["in/net.onnx", "--format", "fp16", "--keep-fp32", "nothing"], 64, "--keep-fp32: expected a pattern that matches"
    ),
    (["in/net.onnx", "--format", "opset"], 64, "--format opset: expected --opset"),
    (["in/net.onnx", "--format", "opset", "--opset", "99"], 64, "--opset: expected an operator set from 7 to 22"),
    (["in/none.onnx", "--format", "fp16"], 66, "in/none.onnx: expected an ONNX network, found no such file"),
    (["in/net.onnx", "--calibration", "in/none"], 66, "in/none: expected"),
    (["in/net.onnx", "--format", "fp16", "--calibration", "in/cache"], 64, "--calibration: expected a format"),
    (["in/net.onnx", "--format", "trtexec", "--calibration", "in/cache", "--verify"], 64, "--verify: expected"),
    (["in/net.onnx", "--format", "fp16", "--verify-input", "x=x.npy"], 64, "--verify-input: expected --verify"),
    (["in/net.onnx", "--calibration", "in/wrong"], 65, "'feature' (nearest: 'features')"),
    (
      ["in/odd.onnx", "--format", "fp16"], 65,
      "node 'last' (Oddity, opset 13): expected an operator that qtool knows, found none of that name"
    ),
    (["in/odd.onnx", "--calibration", "in/cache"], 65, "--allow-unknown-operators"),
    (
      ["in/net.onnx", "--format", "fp16", "-o", "in/net.onnx"], 64,
      "in/net.onnx: expected another file for the output than those that are read"
    ),
    (["in/net.onnx", "--calibration", "in/zero"], 65, "tensor 'x': expected a scale above 0 and finite, found 0.0"),
    (
      ["in/net.onnx", "--calibration", "in/infinite"], 65, "tensor 'x': expected a scale above 0 and finite, found inf"
    ),
    (["in/net.onnx", "--calibration", "in/nan"], 65, "tensor 'x': expected a scale above 0 and finite, found nan"),
    (
      ["in/net.onnx", "--format", "trtexec", "--calibration", "in/zero"], 65,
      "tensor 'x': expected a scale above 0 and finite, found 0.0"
    ),
    (
      ["in/net.onnx", "--format", "onnxruntime-json", "--calibration", "in/nan"], 65,
      "tensor 'x': expected a scale above 0 and finite, found nan"
    ),
    (
      ["in/torn.onnx", "--calibration", "in/cache"], 66,
      "initializer 'w0': expected external data in 'torn.onnx.data', found no such file"
    ),
    (["in/torn.onnx", "--format", "fp16"], 66, "put it beside the model"),
    (["in/cache", "--calibration", "in/cache"], 65, "in/cache: expected"),
    (["in/net.onnx", "--calibration", "in/net.onnx"], 65, "expected a calibration cache"),
    (
      ["in/net.onnx", "--format", "fp16", "--plan", "in/plan"], 65,
      "in/plan: expected a node of the network, found 'cnv0'"
    ),
  ]) func `bad input gives one clear message and no file`(
    arguments: [String], code: Int32, message: String
  ) throws {
    let place = try Workplace()
    let header = "TRT-8601-EntropyCalibration2\n"
    try place.folder.write(header + "x: 3c010a14\nfeature: 3c010a14\n", to: "in/wrong")
    try place.folder.write(header + "x: 0\nfeatures: 3c010a14\n", to: "in/zero")
    try place.folder.write(header + "x: 7f800000\nfeatures: 3c010a14\n", to: "in/infinite")
    try place.folder.write(
      #"{"format": "qtool/precision-plan/1", "standard": "fp16", "exceptions": [{"node": "cnv0", "precision": "fp32"}]}"#,
      to: "in/plan")
    try place.folder.write(header + "x: 3c010a14\nfeatures: 3c010a14\n", to: "in/cache")
    try place.folder.write(header + "x: 7fc00000\nfeatures: 3c010a14\n", to: "in/nan")
    try ONNXWriter.write(Workplace.network(opType: "Oddity"), to: place.path("in/odd.onnx"))
    try ONNXWriter.writeWithExternalData(Workplace.network(channels: 64), to: place.path("in/torn.onnx"))
    try FileManager.default.removeItem(atPath: place.path("in/torn.onnx.data"))
    let before = try Data(contentsOf: URL(filePath: place.path("in/net.onnx")))
    let output = arguments.contains("-o") ? [] : ["-o", "out/net.onnx"]
    let result = try export(arguments + output, place)
    #expect(try Data(contentsOf: URL(filePath: place.path("in/net.onnx"))) == before)
    #expect(result.code == code, "\(result.errors)")
    #expect(result.errorLines.count == 1 && result.errors.contains(message), "\(result.errors)")
    #expect(result.output.isEmpty && place.written.isEmpty)
  }

  @Test func `what does not fit is passed over where that is asked for, and named`() throws {
    let place = try Workplace()
    let header = "TRT-8601-EntropyCalibration2\n"
    try place.folder.write(header + "x: 3c010a14\nstranger: 3c010a14\n", to: "in/cache")
    let missing = try export(
      ["in/net.onnx", "--calibration", "in/cache", "--allow-missing", "-o", "out/a.onnx"], place)
    #expect(missing.code == 0 && missing.errors.contains("1 names of the calibration are not the network's"))
    try ONNXWriter.write(Workplace.network(opType: "Oddity"), to: place.path("in/odd.onnx"))
    let odd = try export(
      ["in/odd.onnx", "--format", "fp16", "--allow-unknown-operators", "-o", "out/b.onnx"], place)
    #expect(odd.code == 0 && odd.errors.contains("left as it is; qtool does not know what it computes"))
    #expect(odd.output.contains("(Oddity): operator without a type of 16 bits"))
    #expect(place.written == ["out/a.onnx", "out/a.onnx.json", "out/b.onnx", "out/b.onnx.json"])
  }

  @Test func `a network with functions is exported with what they hold`() throws {
    let place = try Workplace()
    let header = "TRT-8601-EntropyCalibration2\n"
    try place.folder.write(header + "x: 3c010a14\nfeatures: 3c010a14\n", to: "in/cache")
    var model = Workplace.network(opType: "Act")
    model.graph.nodes[model.graph.nodes.count - 1].domain = "local"
    model.opsets["local"] = 1
    var function = Function(name: "Act", domain: "local")
    function.inputs = ["a"]
    function.outputs = ["b"]
    function.opsets = ["": 13]
    function.nodes = [Node(name: "inner", opType: "Relu", inputs: ["a"], outputs: ["b"])]
    model.functions = [function]
    try ONNXWriter.write(model, to: place.path("in/functions.onnx"))
    for arguments in [["--calibration", "in/cache"], ["--format", "fp16"], ["--format", "opset", "--opset", "17"]] {
      let result = try export(["in/functions.onnx", "-o", "out/net.onnx", "--verify"] + arguments, place)
      #expect(result.code == 0, "\(arguments): \(result.errors)")
      #expect(result.output.contains("against the prediction: equal"))
    }
  }

  @Test func `an output that cannot be written is found before the work`() throws {
    let place = try calibrated()
    let result = try export(["in/net.onnx", "--format", "fp16", "-o", "nowhere/net.onnx"], place)
    #expect(result.code == 73 && result.errorLines.count == 1)
  }
}
