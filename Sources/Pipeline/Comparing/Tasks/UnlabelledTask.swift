import CalibrationData
import Evaluation

/// No labels: outputs are compared with FP32's only.
struct UnlabelledTask: ComparisonTask {
  let name = "no labels"
  /// Whether the greatest output is a decision.
  let countsChanges: Bool
  var hasMetrics: Bool { countsChanges }

  func read(
    _ outputs: SessionOutputs, truth: SampleTruth, baseline: SampleAnswer?, into answer: inout SampleAnswer
  ) throws(PipelineError) {
    if countsChanges { answer.decision = Decision(outputs.chosen.values) }
  }

  func metrics(_ samples: [ComparedSample], columnCount: Int) -> [ComparisonMetric] {
    guard hasMetrics else { return [] }
    return [
      .mean("agreement", "Same decision as FP32", samples, columnCount: columnCount) { answer, sample in
        answer.decision?.best == sample.answers[0].decision?.best ? 1 : 0
      }
    ]
  }

  func hasChanged(_ before: SampleAnswer, _ after: SampleAnswer) -> Bool {
    before.decision?.best != after.decision?.best
  }

  func words(_ answer: SampleAnswer) -> String { answer.decision.map { "\($0.best)" } ?? "none" }
}
