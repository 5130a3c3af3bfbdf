import CalibrationData
import Executor
import Foundation
import ONNX
import Pipeline
import TensorCore
import TestSupport

/// A labelled network of the evaluation data with its test split, by way of its recipe.
struct ReferenceSplit {
  let name: String
  let recipe: Recipe
  let samples: [Sample]
  /// How many of ``samples`` onnxruntime gets right.
  let expectedCorrect: Int
  let root: String

  static let names = [
    "cifar10_resnet20", "mlperf_tiny_resnet8_cifar10", "mlperf_tiny_kws_dscnn", "mnist_lenet_caffe_a",
    "efficientnet_lite0", "squeezenet1.1",
  ]

  private struct Expectations: Decodable {
    struct Network: Decodable { let fp32: Figures }
    struct Figures: Decodable {
      let n: Int
      let top1Correct: Int
      private enum CodingKeys: String, CodingKey {
        case n
        case top1Correct = "top1_correct"
      }
    }
    let models: [String: Network]
  }

  init(_ name: String, root: String) throws {
    self.name = name
    self.root = root
    recipe = try Recipe(contentsOf: "\(Checkout.root)/Calibration/\(name).yaml", dataRoot: root)
    let json = try Data(contentsOf: URL(filePath: "\(root)/expected/expected.json"))
    guard let figures = try JSONDecoder().decode(Expectations.self, from: json).models[name]?.fp32,
      let path = recipe.test
    else { throw Missing(name: name) }
    expectedCorrect = figures.top1Correct
    let set = try SampleSet.open(path, options: SampleSet.Options(labels: recipe.labels))
    samples = SampleSelection(limit: figures.n).ranks(of: set.count).map { set.samples[$0] }
  }

  struct Missing: Error { let name: String }

  /// The index of the largest output, the first of several, for each sample.
  func decisions() throws -> [Int] {
    let network = try LoadedNetwork(path: recipe.model ?? "").network
    let workers = ProcessInfo.processInfo.activeProcessorCount
    let runner = SampleRunner(
      network: network, samples: samples, preprocessing: recipe.preprocessing, workers: workers)
    let (states, _) = try runner.run(control: RunControl(), makeState: Decisions.init, observer: { _ in nil }) {
      state, finished in
      let output = finished.session.outputs[0].array(of: Float.self)
      let largest = output.indices.reduce(0) { output[$1] > output[$0] ? $1 : $0 }
      state.found.append((finished.sample.rank, largest))
    }
    return states.flatMap(\.found).sorted { $0.rank < $1.rank }.map(\.decision)
  }

  private final class Decisions {
    var found: [(rank: Int, decision: Int)] = []
  }

  /// The preprocessing as the oracle takes it.
  func preprocessingText() throws -> String {
    guard let preprocessing = recipe.preprocessing else { return "none" }
    return String(decoding: try JSONEncoder().encode(preprocessing), as: UTF8.self)
  }
}
