import Executor
import Foundation
import Pipeline
import PrecisionAudit
import TensorCore
import TestSupport
import Testing

/// The simulated 16-bit run, rounding after every operator, beside what a real GPU made of the same network and samples.
@Suite(.serialized) struct HardwareTruthTests {
  /// What one format did on the GPU.
  private struct Effect: Decodable {
    let samples: Int
    /// SQNR of the outputs, over all samples.
    let decibels: Double
    let flips: Int
    /// SQNR by tensor, over the first 16 samples.
    let layers: [String: Double]
  }

  private static let networks = [
    "resnet20": "cifar10_resnet20", "resnet8": "mlperf_tiny_resnet8_cifar10", "kws": "mlperf_tiny_kws_dscnn",
    "lite0": "efficientnet_lite0",
  ]

  @Test(arguments: networks.keys.sorted(), NarrowFormat.allCases)
  func `outputs, layers and decisions of public networks are those of a GPU`(
    network: String, format: NarrowFormat
  ) throws {
    let record = "expected/gpu_fp16/\(network).h200.npz"
    guard let root = SharedData.root(having: record), let name = Self.networks[network],
      let lines = try Oracle.lines("gpu_truth.py", ["\(root)/\(record)"])
    else { return }
    let effects = try Self.effects(Data(lines.joined().utf8))
    let recipe = try Recipe(contentsOf: "\(Checkout.root)/Calibration/\(name).yaml", dataRoot: root)
    try Self.compare(network, recipe, format, try #require(effects[format.rawValue]), tolerance: (1.5, 1))
  }

  /// The bundled network: depthwise and pointwise convolutions, normalizations that are not folded, sums.
  @Test(arguments: NarrowFormat.allCases)
  func `outputs, layers and decisions of the bundled network are those of a GPU`(format: NarrowFormat) throws {
    let record = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/fashion_resnet.h200.json")
    let effects = try Self.effects(try Data(contentsOf: record))
    let recipe = try Recipe(contentsOf: "\(Checkout.root)/Calibration/fashion_resnet.yaml", dataRoot: nil)
    try Self.compare("fashion", recipe, format, try #require(effects[format.rawValue]), tolerance: (0.3, 0.05))
  }

  private static func effects(_ json: Data) throws -> [String: Effect] {
    try JSONDecoder().decode([String: Effect].self, from: json)
  }

  private static func compare(
    _ network: String, _ recipe: Recipe, _ format: NarrowFormat, _ expected: Effect,
    tolerance: (output: Double, layers: Double)
  ) throws {
    func audit(samples: Int) throws -> AuditOutcome {
      var settings = AuditSettings(recipe: recipe)
      settings.recipe.samples = samples
      settings.arithmetic = NarrowArithmetic(format, rounding: .operator)
      settings.looksForCure = false
      return try settings.audit()
    }
    let whole = try audit(samples: expected.samples)
    #expect(whole.samples.count == expected.samples)
    let layers = try audit(samples: 16).units.compactMap { entry in
      expected.layers[entry.unit.tensor].map { entry.total.decibels - $0 }
    }.filter(\.isFinite).sorted()
    // Tensors that are views of others may be no units of their own.
    #expect(2 * layers.count > expected.layers.count)
    let output = whole.totals.error.decibels - expected.decibels
    let median = layers.isEmpty ? .nan : layers[layers.count / 2]
    print(
      "\(network) \(format.rawValue): outputs \(words(output)) dB, \(layers.count) layers' median \(words(median)) dB, "
        + "flips \(whole.totals.flips), the GPU's \(expected.flips)")
    #expect(output.magnitude <= tolerance.output)
    #expect(median.magnitude <= tolerance.layers)
    #expect(abs(whole.totals.flips - expected.flips) <= 1)
  }

  private static func words(_ decibels: Double) -> String { String(format: "%+.3f", decibels) }
}
