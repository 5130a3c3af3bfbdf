import CalibrationData
import Foundation
import Pipeline
import TensorCore
import TestSupport
import Testing

/// Our FP32 run of real networks on real samples, from the file to the decision, against the reference.
///
/// That the logits agree for given input tensors is tested with the executor.
@Suite(.serialized) struct GroundTruthTests {
  @Test(arguments: ReferenceSplit.names)
  func `pictures become the reference's pixels`(name: String) throws {
    guard let root = SharedData.root(having: "expected/expected.json") else { return }
    let split = try ReferenceSplit(name, root: root)
    var rules = split.recipe.preprocessing
    let expected = try Self.expectedPixels(split)
    // Pixels are compared as 8-bit numbers, before they are scaled.
    rules?.divide = 1
    rules?.mean = [0]
    rules?.std = [1]
    let found = try split.samples.prefix(16).flatMap { sample in
      try sample.load(with: Preprocessor(rules))[0].tensor.array(of: Float.self)
    }
    #expect(found.count == expected.count)
    let differences = zip(found, expected).map { abs($0 - $1) }
    let equal = differences.count { $0 == 0 }
    print(
      "\(name): \(equal) of \(found.count) values are the reference's, the worst is off by \(differences.max() ?? 0)")
    #expect(Double(equal) >= 0.999 * Double(found.count))
    #expect(differences.allSatisfy { $0 <= 1 })
  }

  @Test(arguments: ReferenceSplit.names)
  func `decisions over the whole test split are onnxruntime's`(name: String) throws {
    guard let root = SharedData.root(having: "expected/expected.json") else { return }
    let split = try ReferenceSplit(name, root: root)
    let started = ContinuousClock.now
    let decisions = try split.decisions()
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    let correct = zip(decisions, split.samples).count { $0 == $1.label }
    print("\(name): \(correct) of \(split.samples.count) right in \(String(format: "%.1f", seconds)) s")
    #expect(decisions.count == split.samples.count)
    #expect(correct == split.expectedCorrect)

    let arguments = [
      split.recipe.model ?? "", split.recipe.test ?? "", String(split.samples.count), try split.preprocessingText(),
    ]
    guard let lines = try Oracle.lines("decisions.py", arguments) else { return }
    let reference = lines.compactMap { Int($0) }
    #expect(reference.count == decisions.count)
    let different = zip(decisions, reference).count { $0 != $1 }
    print("\(name): \(different) decisions differ from onnxruntime's")
    #expect(different <= 1)
  }

  /// The reference's first 16 inputs as 8-bit numbers, or as they stand where they were never pictures.
  private static func expectedPixels(_ split: ReferenceSplit) throws -> [Float] {
    let bytes = "\(split.root)/expected/\(split.name).input_u8.npy"
    if FileManager.default.fileExists(atPath: bytes) {
      return try load(bytes).flatMap { $0.array(of: UInt8.self) }.map(Float.init)
    }
    let inputs = try load("\(split.root)/expected/\(split.name).input.npy")
    guard let rules = split.recipe.preprocessing else { return inputs.flatMap { $0.array(of: Float.self) } }
    return inputs.flatMap { input in
      let plane = input.shape[2] * input.shape[3]
      return input.array(of: Float.self).enumerated().map { index, value in
        let channel = index / plane
        let std = rules.std[rules.std.count == 1 ? 0 : channel], mean = rules.mean[rules.mean.count == 1 ? 0 : channel]
        return ((value * std + mean) * rules.divide).rounded()
      }
    }
  }

  private static func load(_ path: String) throws -> [Tensor] {
    // One preprocessor each, for it takes a tensor's memory again for the next.
    try SampleSet.open(path).samples.map { try $0.load(with: Preprocessor())[0].tensor }
  }
}
