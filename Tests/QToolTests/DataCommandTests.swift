import CalibrationData
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// `qtool data` and `qtool cache from-qdq`.
@Suite struct DataCommandTests {
  private static let count = 3, side = 20
  private let rules = ["--crop", "16", "--divide", "255", "--mean", "0.4,0.5,0.6", "--std", "0.2,0.25,0.3"]

  /// Pictures as `[N, H, W, 3]`, smooth enough that a shift by a pixel shows.
  private static func pictures() -> [UInt8] {
    var bytes: [UInt8] = []
    for sample in 0..<count {
      for y in 0..<side {
        for x in 0..<side {
          for channel in 0..<3 {
            bytes.append(UInt8((sample * 31 + y * y * (channel + 1) / 2 + x * 7 + channel * (40 + x * x / 3)) % 251))
          }
        }
      }
    }
    return bytes
  }

  /// What the network should get, with deviations to choose.
  private static func prepared(
    swapped: Bool = false, channelsLast: Bool = false, offset: Int = 2, divide: Float = 255, normalised: Bool = true
  ) -> Tensor {
    let pixels = pictures()
    let mean: [Float] = [0.4, 0.5, 0.6], std: [Float] = [0.2, 0.25, 0.3]
    var values: [Float] = []
    func value(_ sample: Int, _ channel: Int, _ y: Int, _ x: Int) -> Float {
      let source = swapped ? 2 - channel : channel
      let pixel = Float(pixels[((sample * side + y + offset) * side + x + 2) * 3 + source]) / divide
      return normalised ? (pixel - mean[source]) / std[source] : pixel
    }
    for sample in 0..<count {
      if channelsLast {
        for y in 0..<16 { for x in 0..<16 { for channel in 0..<3 { values.append(value(sample, channel, y, x)) } } }
      } else {
        for channel in 0..<3 { for y in 0..<16 { for x in 0..<16 { values.append(value(sample, channel, y, x)) } } }
      }
    }
    return Tensor(values, shape: channelsLast ? [count, 16, 16, 3] : [count, 3, 16, 16])
  }

  private func place() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try NPYWriter.write(
      Tensor(Self.pictures(), shape: [Self.count, Self.side, Self.side, 3]), to: "\(folder.path)/pictures.npy")
    return folder
  }

  private func check(_ theirs: Tensor) throws -> Command.Result {
    let folder = try place()
    try NPYWriter.write(theirs, to: "\(folder.path)/mine.npy")
    return try Command(
      Checkout.program, ["data", "check", "--data", "pictures.npy", "--against", "mine.npy"] + rules, in: folder.path
    ).run()
  }

  @Test func `the same tensors are equal`() throws {
    let result = try check(Self.prepared())
    #expect(result.code == 0 && result.output.hasPrefix("equal: 3 samples"), "\(result.output) \(result.errors)")
  }

  @Test func `what is different is named`() throws {
    let cases: [(Tensor, String)] = [
      (Self.prepared(swapped: true), "channels: theirs are in the opposite order"),
      (Self.prepared(channelsLast: true), "layout: theirs is NHWC, ours NCHW"),
      (Self.prepared(offset: 1), "crop: theirs begins 1 px up and 0 px"),
      (Self.prepared(offset: 3), "crop: theirs begins 1 px down and 0 px"),
      (Self.prepared(normalised: false), "scale: per channel theirs = 0.2 * ours + 0.4"),
    ]
    for (theirs, difference) in cases {
      let result = try check(theirs)
      #expect(result.code == 1 && result.output.contains(difference), "\(difference): \(result.output)\(result.errors)")
      #expect(result.output.split(separator: "\n").count == 2, "one difference, one line: \(result.output)")
    }
  }

  @Test func `several differences are told apart`() throws {
    let result = try check(Self.prepared(swapped: true, channelsLast: true, offset: 1, divide: 1, normalised: false))
    for difference in ["layout:", "channels:", "crop:", "scale:"] { #expect(result.output.contains(difference)) }
    #expect(!result.output.contains("content:"), "\(result.output)")
  }

  @Test func `other pictures are no mere difference of scale`() throws {
    var random = RandomNumbers(seed: 3)
    let result = try check(Tensor(random.floats(Self.count * 3 * 256), shape: [Self.count, 3, 16, 16]))
    #expect(result.code == 1 && result.output.contains("content:"), "\(result.output)")
  }

  @Test func `previews are the pictures that the network sees`() throws {
    let folder = try place()
    let result = try Command(
      Checkout.program, ["data", "preview", "--data", "pictures.npy", "-o", "seen"] + rules, in: folder.path
    ).run()
    #expect(result.code == 0, "\(result.errors)")
    #expect(
      folder.entries.filter { $0.hasSuffix(".png") } == ["seen/000000.png", "seen/000001.png", "seen/000002.png"])
    // What is decoded again is the middle of the picture.
    let sample = try SampleSet.open("\(folder.path)/seen").samples[1]
    let pixels = try sample.load(with: Preprocessor())[0].tensor
    #expect(pixels.shape == [1, 3, 16, 16])
    let expected = Self.prepared(divide: 1, normalised: false).array(of: Float.self)
    let worst = zip(pixels.array(of: Float.self), expected[768..<1536]).map { abs($0 - $1) }.max()
    #expect(worst == 0)
  }

  @Test func `packed batches hold what the network sees and are read back`() throws {
    let folder = try place()
    let result = try Command(
      Checkout.program, ["data", "pack", "--data", "pictures.npy", "-o", "packed/b", "--batch", "2"] + rules,
      in: folder.path
    ).run()
    #expect(result.code == 0 && result.output.contains("1 that fill no batch left out"), "\(result.errors)")
    let set = try SampleSet.open("\(folder.path)/packed/b0.batch")
    #expect(set.count == 2)
    let expected = Self.prepared().array(of: Float.self)
    for (index, sample) in set.samples.enumerated() {
      let values = try sample.load(with: Preprocessor())[0].tensor.array(of: Float.self)
      #expect(zip(values, expected[index * 768..<(index + 1) * 768]).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func `scales are taken out of a quantized network`() throws {
    let folder = try TemporaryFolder()
    var model = Model(graph: Graph(name: "qdq"), opsets: ["": 13])
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: [.fixed(1), .fixed(4)])]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    model.graph.initializers = [
      "s": Tensor(scalar: Float(0.25)), "z": Tensor(scalar: Int8(0)),
      "w": Tensor([Int8](repeating: 3, count: 8), shape: [2, 4]),
      "ws": Tensor([Float(0.5), 0.125], shape: [2]), "wz": Tensor([Int8(0), 0], shape: [2]),
    ]
    model.graph.nodes = [
      Node(name: "q", opType: "QuantizeLinear", inputs: ["x", "s", "z"], outputs: ["xq"]),
      Node(name: "d", opType: "DequantizeLinear", inputs: ["xq", "s", "z"], outputs: ["xd"]),
      Node(
        name: "wd", opType: "DequantizeLinear", inputs: ["w", "ws", "wz"], outputs: ["wf"],
        attributes: ["axis": .int(0)]),
      Node(name: "g", opType: "Gemm", inputs: ["xd", "wf"], outputs: ["y"], attributes: ["transB": .int(1)]),
    ]
    try ONNXWriter.write(model, to: "\(folder.path)/net.onnx")
    func run(_ arguments: [String]) throws -> Command.Result {
      try Command(Checkout.program, ["cache", "from-qdq"] + arguments, in: folder.path).run()
    }
    let cache = try run(["net.onnx", "-o", "net.cache", "--trt-version", "8.6.1"])
    #expect(cache.code == 0, "\(cache.errors)")
    #expect(try text(of: "\(folder.path)/net.cache") == "TRT-8601-EntropyCalibration2\nx: 3e800000\n")
    let table = try run(["net.onnx", "-o", "net.json", "--format", "aimet-2.0.0"])
    #expect(table.code == 0, "\(table.errors)")
    let json = try text(of: "\(folder.path)/net.json")
    #expect(json.contains("0.125") && json.contains("\"w\""), "\(json)")
    let plain = try run(["\(Checkout.root)/Datasets/fashion/fashion_resnet.onnx", "-o", "no.cache"])
    expectRefusal(plain, code: 65, naming: ["fashion_resnet.onnx", "QuantizeLinear"], "no Q/DQ")
  }
}
