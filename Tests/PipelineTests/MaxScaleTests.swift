import CalibrationData
import Executor
import Foundation
import Pipeline
import TensorCore
import TestSupport
import Testing

/// The scales of the method `max`, worked out once more.
@Suite struct MaxScaleTests {
  private static let sampleCount = 16

  @Test func `a scale is the largest magnitude over 127`() throws {
    var settings = CalibrationSettings(recipe: try BundledNetwork.recipe())
    settings.recipe.samples = Self.sampleCount
    settings.recipe.method = "max"
    let folder = try TemporaryFolder()
    let cache = CacheText(try settings.files(in: folder.path).cache)

    let set = try SampleSet.open(try #require(settings.recipe.data))
    let inputs = try set.samples.prefix(Self.sampleCount).map {
      try $0.load(with: Preprocessor(settings.recipe.preprocessing))[0].tensor
    }
    let model = try #require(settings.recipe.model)
    let network = try LoadedNetwork(path: model).network
    let seen = try network.observeDirectly(
      inputs, keepsValues: true, policy: NumericPolicy(convolution: .winograd))
    let largest = seen.values.map { $0.reduce(0) { max($0, abs($1)) } }
    #expect(cache.names == network.tensors.map(\.name))
    #expect(cache.scales == largest.map { $0 / 127 })
    #expect(largest.allSatisfy { $0 > 0 })

    let shape = Shape([inputs.count] + inputs[0].shape.dimensions.dropFirst())
    let samples = Tensor(inputs.flatMap { $0.array(of: Float.self) }, shape: shape)
    try NPYWriter.write(samples, to: "\(folder.path)/samples.npy")
    guard let lines = try Oracle.lines("ranges.py", [model, "\(folder.path)/samples.npy"]) else { return }
    let pairs = lines.map { $0.split(separator: "\t") }.map { (String($0[0]), Float($0[1]) ?? .nan) }
    let reference = Dictionary(pairs) { first, _ in first }
    for (name, amax) in zip(cache.names, largest) {
      let expected = try #require(reference[name])
      #expect(abs(amax - expected) <= 1e-5 * expected, "\(name): \(amax), not \(expected)")
    }
  }
}
