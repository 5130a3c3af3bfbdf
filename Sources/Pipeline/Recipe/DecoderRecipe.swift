package import Evaluation

/// The part of a recipe that says how a detector's outputs become boxes.
package struct DecoderRecipe: Sendable, Hashable, Codable {
  /// `cells`, `boxes-scores` or `distributions`; see ``Evaluation/DetectionDecoder``.
  package var kind: String
  package var objectnessPower: Float?
  package var bins: Int?
  /// For `boxes-scores`: `corners` or `centers`.
  package var form: String?
  /// What pixel coordinates are divided by: width and height of the network's input.
  package var size: [Float]?
  package var background: Int?
  package var leastScore: Float?
  package var candidates: Int?
  package var overlap: Float?
  package var most: Int?

  private enum CodingKeys: String, CodingKey {
    case kind, bins, form, size, background, candidates, overlap, most
    case objectnessPower = "objectness_power"
    case leastScore = "least_score"
  }

  /// - Throws: ``PipelineError`` for a kind that there is not, and for numbers that make no sense.
  package func decoder() throws(PipelineError) -> DetectionDecoder {
    switch kind {
    case "cells":
      let power = objectnessPower ?? 0.5
      guard (0...1).contains(power) else { throw fault("objectness_power", "a number from 0 to 1", "\(power)") }
      return .cells(objectnessPower: power)
    case "boxes-scores":
      guard let form = DetectionDecoder.BoxesAndScores.Form(rawValue: form ?? "corners") else {
        throw fault("form", "corners or centers", "'\(form ?? "")'")
      }
      let size = size ?? [1, 1]
      guard size.count == 2, size.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw fault("size", "[width, height], both above 0", "\(size)")
      }
      return .boxesAndScores(.init(form: form, width: size[0], height: size[1], background: background))
    case "distributions":
      let bins = bins ?? 16
      guard (2...1024).contains(bins) else { throw fault("bins", "2 to 1024", "\(bins)") }
      return .distributions(bins: bins)
    default: throw fault("kind", "cells, boxes-scores or distributions", "'\(kind)'")
    }
  }

  /// - Throws: ``PipelineError`` for numbers that make no sense.
  package func suppression() throws(PipelineError) -> NonMaximumSuppression {
    var rule = NonMaximumSuppression()
    if let leastScore { rule.leastScore = leastScore }
    if let candidates { rule.candidates = candidates }
    if let overlap { rule.overlap = overlap }
    if let most { rule.most = most }
    guard rule.candidates > 0, rule.most > 0, rule.leastScore.isFinite, (0...1).contains(rule.overlap) else {
      throw fault("candidates, most, overlap", "counts from 1 and an overlap from 0 to 1", "\(rule)")
    }
    return rule
  }

  private func fault(_ field: String, _ expected: String, _ found: String) -> PipelineError {
    PipelineError(.badData, "recipe, decoder.\(field): expected \(expected), found \(found); correct the recipe")
  }
}
