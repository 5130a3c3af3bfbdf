import CalibrationData
import Executor
import Foundation
import Pipeline
import TensorCore
import TestSupport
import Testing

/// The decisions that flip in 16 bits as the audit predicts them, beside those that flipped on a GPU.
///
/// `GPUFlips/h200.json` is what `Tests/Oracles/gpu_flips.py` printed on an NVIDIA H200; the samples are those of
/// `GPUFlips/NAME.samples.csv`, on which the network decides most narrowly (`gpu_case.py` chose them).
@Suite struct GPUFlipTests {
  private struct Run: Decodable {
    struct Case: Decodable {
      let network: String
      let type: String
      let bias: String
      let samples: Int
      let flips: [Int]
    }

    let device: String
    let cases: [Case]
  }

  /// - Parameter overlap: What both sets share of all that is in either must be this much.
  @Test(arguments: [
    ("mlperf_tiny_resnet8_cifar10", "bf16", "apart", 0.95), ("mlperf_tiny_resnet8_cifar10", "bf16", "within", 0.9),
    ("mlperf_tiny_resnet8_cifar10", "fp16", "apart", 0.8), ("cifar10_resnet20", "bf16", "apart", 0.8),
    // Twenty layers deep, and 23 flips only: roundings that fall otherwise decide three or four of them.
    ("cifar10_resnet20", "bf16", "within", 0.7),
  ]) func `the flipped samples are those that flip on a GPU`(
    name: String, type: String, bias: String, overlap: Double
  ) throws {
    guard let root = SharedData.root(having: "datasets/cifar10/calib.csv") else { return }
    let file = "\(Checkout.root)/Tests/NetworkTests/GPUFlips/h200.json"
    let run = try JSONDecoder().decode(Run.self, from: Data(contentsOf: URL(filePath: file)))
    let reference = try #require(run.cases.first { $0.network == name && $0.type == type && $0.bias == bias })
    let folder = try TemporaryFolder()
    let recipe = try Recipe(contentsOf: "\(Checkout.root)/Calibration/\(name).yaml", dataRoot: root)
    let samples = try Self.samples(name, recipe, in: "\(root)/datasets/cifar10")
    #expect(samples.count == reference.samples)
    let shape = try #require(samples.first).shape
    try NPYFile.write(
      Tensor(samples.flatMap { $0.array(of: Float.self) }, shape: Shape([samples.count] + shape.dimensions)),
      to: "\(folder.path)/samples.npy")

    var prepared = Recipe()
    prepared.model = recipe.model
    prepared.data = "\(folder.path)/samples.npy"
    var settings = AuditSettings(recipe: prepared)
    settings.arithmetic = NarrowArithmetic(type == "bf16" ? .bf16 : .fp16, rounding: .operator)
    settings.arithmetic.addsBiasApart = bias == "apart"
    settings.looksForCure = false
    let predicted = Set(try settings.audit().flippedRanks)
    let measured = Set(reference.flips)
    let shared = Double(predicted.intersection(measured).count) / Double(max(predicted.union(measured).count, 1))
    print(
      "\(name), \(type), bias \(bias): \(predicted.count) flips predicted, \(measured.count) on \(run.device), "
        + "overlap \(String(format: "%.3f", shared)): \(predicted.sorted())")
    #expect(measured.count >= (type == "bf16" ? 20 : 15))
    #expect(shared >= overlap)
  }

  /// The prepared samples in the order of the list.
  private static func samples(_ name: String, _ recipe: Recipe, in data: String) throws -> [Tensor] {
    let preprocessor = try Preprocessor(recipe.preprocessing)
    var byFile: [String: Sample] = [:]
    for manifest in ["test.csv", "calib.csv"] {
      for sample in try SampleSet.open("\(data)/\(manifest)").samples { byFile[sample.identifier] = sample }
    }
    let list = try text(of: "\(Checkout.root)/Tests/NetworkTests/GPUFlips/\(name).samples.csv")
    return try list.split(separator: "\n").dropFirst().map { line in
      let fields = line.split(separator: ",").map(String.init)
      let sample = try #require(byFile[fields[0]])
      let numbers = try fields.dropFirst().map { try #require(Int($0)) }
      return moved(
        try #require(try sample.load(with: preprocessor).first).tensor, mirrored: numbers[0] == 1, dx: numbers[1],
        dy: numbers[2])
    }
  }

  /// A picture turned over, then moved right by `dx` and down by `dy`; its border is repeated.
  private static func moved(_ picture: Tensor, mirrored: Bool, dx: Int, dy: Int) -> Tensor {
    // A preprocessor may put a batch of one in front.
    let shape = Shape(Array(picture.shape.dimensions.suffix(3)))
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let values = picture.array(of: Float.self)
    var result: [Float] = []
    result.reserveCapacity(values.count)
    for channel in 0..<channels {
      for row in 0..<height {
        let y = min(max(row - dy, 0), height - 1)
        for column in 0..<width {
          let place = min(max(column - dx, 0), width - 1)
          result.append(values[(channel * height + y) * width + (mirrored ? width - 1 - place : place)])
        }
      }
    }
    return Tensor(result, shape: shape)
  }
}
