import Executor
import PrecisionAudit
import TensorCore

extension AuditOutcome {
  /// The result for machines: what the terminal shows, and every layer.
  package func json() throws(PipelineError) -> String {
    struct Layer: Encodable {
      let nodes: [String]
      let tensor: String
      let localSqnrDb: Double?
      let totalSqnrDb: Double?
      let aloneSqnrDb: Double?
      let aloneFlips: Int?
      let overflows: Int
      let kept: Bool
    }
    struct Found: Encodable {
      let severity: String
      let kind: String
      let nodes: [String]
      let what: String
      let evidence: String
      let cure: String
    }
    struct Flip: Encodable {
      let sample: String
      let rank: Int
      let from: Int?
      let to: Int?
    }
    struct Boxes: Encodable {
      let sample: String
      let rank: Int
      let lost: Int
      let added: Int
    }
    struct Fields: Encodable {
      let network: String
      let data: String
      let arithmetic: String
      let samples: Int
      let sqnrDb: Double?
      let flips: Int
      let decisions: Int
      let broken: Int
      let meetsGoal: Bool
      let verdict: String
      let keptNodes: [String]
      let curedSqnrDb: Double?
      let curedFlips: Int?
      let edits: [String]
      let editedSqnrDb: Double?
      let editedMeetsGoal: Bool?
      let findings: [Found]
      let flipped: [Flip]
      let changedBoxes: [Boxes]
      let layers: [Layer]
    }
    let kept = Set(cure?.kept ?? [])
    return try JSONText.encode(
      Fields(
        network: modelPath, data: dataLocation, arithmetic: modelOfArithmetic, samples: samples.count,
        sqnrDb: totals.error.decibels.finite, flips: totals.flips, decisions: totals.decisions, broken: totals.broken,
        meetsGoal: meetsGoal, verdict: verdict.text, keptNodes: keptNodes,
        curedSqnrDb: cure?.trial.totals.error.decibels.finite, curedFlips: cure?.trial.totals.flips,
        edits: edits?.edits.map(\.description) ?? [], editedSqnrDb: edits?.trial.totals.error.decibels.finite,
        editedMeetsGoal: edits?.meetsGoal,
        findings: findings.map {
          Found(
            severity: $0.severity.word, kind: $0.kind.rawValue, nodes: $0.nodes, what: $0.what, evidence: $0.evidence,
            cure: $0.cure)
        },
        flipped: samples.filter(\.effect.isFlip).map {
          Flip(sample: $0.identifier, rank: $0.rank, from: $0.effect.decision, to: $0.effect.narrowDecision)
        },
        changedBoxes: samples.compactMap { sample in
          guard let boxes = sample.boxes, boxes.isChange else { return nil }
          return Boxes(sample: sample.identifier, rank: sample.rank, lost: boxes.lost, added: boxes.added)
        },
        layers: units.map { entry in
          let alone = sensitivity.totals(of: entry.unit.key)
          return Layer(
            nodes: nodes(of: entry.unit), tensor: entry.unit.tensor, localSqnrDb: entry.local.decibels.finite,
            totalSqnrDb: entry.total.decibels.finite, aloneSqnrDb: alone?.error.decibels.finite,
            aloneFlips: alone?.flips,
            overflows: entry.span.overflows, kept: kept.contains(entry.unit.key))
        }))
  }
}

extension Double {
  /// Nil for what JSON has no number for.
  fileprivate var finite: Double? { isFinite ? self : nil }
}
