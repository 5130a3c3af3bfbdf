import Executor
import Foundation
import ONNX
import Pipeline
import PrecisionAudit
import TensorCore
import TestSupport
import Testing

/// Samples of a detector, ranked by what becomes of their boxes.
@Suite struct DetectorAuditTests {
  /// Boxes pass as they are; scores pass through numbers near `offset`, where 16 bits tell few of them apart.
  private static func model(offset: Float) -> Model {
    var sketch = ModelSketch(input: [1, 4, 6])
    let level = sketch.constant("level", [offset], []), back = sketch.constant("back", [-offset], [])
    let four = sketch.ints("four", [4]), six = sketch.ints("six", [6]), zero = sketch.ints("zero", [0])
    let axis = sketch.ints("axis", [2])
    sketch.node("Slice", "boxes", ["x", zero, four, axis])
    sketch.node("Slice", "raw", ["x", four, six, axis])
    sketch.node("Add", "raised", ["raw", level])
    sketch.node("Add", "y", ["raised", back])
    var model = sketch.model
    model.graph.outputs.insert(ValueInfo(name: "boxes", elementType: .float32, shape: nil), at: 0)
    return model
  }

  /// Four boxes far from one another, each with scores of two classes.
  private static func sample(_ scores: [Float]) -> Tensor {
    var values: [Float] = []
    for (place, score) in scores.enumerated() {
      let left = Float(place) / 4
      values += [left, 0, left + 0.125, 0.5, score, 0]
    }
    return Tensor(values, shape: [1, 4, 6])
  }

  private static func audit(offset: Float) throws -> AuditOutcome {
    let scores: [[Float]] = [[0.9, 0.9, 0.9, 0.9], [0.9, 0.45, 0.9, 0.4], [0.9, 0.9, 0.45, 0.9], [1, 1, 1, 1]]
    let planted = PlantedNetwork(
      name: "detector", node: "raised", kind: .detections, faulty: model(offset: offset), clean: model(offset: 0),
      samples: scores.map { (sample($0), "all") })
    let folder = try TemporaryFolder()
    let files = try planted.write(isFaulty: true, to: folder)
    var recipe = Recipe()
    recipe.model = files.model
    recipe.data = files.data
    recipe.decoder = try JSONDecoder().decode(
      DecoderRecipe.self, from: Data(#"{"kind": "boxes-scores", "least_score": 0.05}"#.utf8))
    var settings = AuditSettings(recipe: recipe)
    // Fused, the two sums would never leave float32.
    settings.arithmetic = NarrowArithmetic(.fp16, rounding: .operator)
    return try settings.audit()
  }

  @Test func `lost objects are counted, named and ranked first`() throws {
    // Steps of 1 in binary16: 0.45 and 0.4 become 0, 0.9 becomes 1.
    let outcome = try Self.audit(offset: 1500)
    #expect(outcome.samples.map { $0.boxes?.lost } == [0, 2, 1, 0])
    #expect(outcome.samples.map { $0.boxes?.found } == [4, 4, 4, 4])
    #expect(outcome.worstSamples.map(\.rank).prefix(2) == [1, 2])
    let finding = try #require(outcome.findings.first { $0.kind == .detections })
    #expect(finding.evidence.hasPrefix("2 of 4 samples: s1.npy (2 lost of 4), s2.npy (1 lost of 4)"))
    #expect(try AuditLimits("detections").violations(outcome).count == 1)
  }

  @Test func `boxes that stay are no finding`() throws {
    let outcome = try Self.audit(offset: 0)
    #expect(outcome.samples.allSatisfy { $0.boxes?.isChange == false })
    #expect(!outcome.findings.contains { $0.kind == .detections })
  }
}
