import CalibrationData
import Evaluation

/// A text, and the right one as the label of each sample.
struct TextTask: ComparisonTask {
  let name = "text"
  let changeWord = "changed text"
  let isDecided = true
  let decoder: TextDecoder
  let labels: LabelSource

  func truth(of sample: Sample) throws(PipelineError) -> SampleTruth { .text(try labels.text(of: sample)) }

  func read(
    _ outputs: SessionOutputs, truth: SampleTruth, baseline: SampleAnswer?, into answer: inout SampleAnswer
  ) throws(PipelineError) {
    guard case .text(let right) = truth else { return }
    let chosen = outputs.chosen
    do {
      answer.text = try decoder.decode(extents: chosen.extents, values: chosen.values)
    } catch {
      throw PipelineError(.badData, "\(error)")
    }
    answer.edits = EditDistance.between(right, answer.text)
  }

  func metrics(_ samples: [ComparedSample], columnCount: Int) -> [ComparisonMetric] {
    let lengths = samples.map { Double($0.text.unicodeScalars.count) }
    return [
      .mean("exact", "Exact match", samples, columnCount: columnCount) { answer, _ in answer.edits == 0 ? 1 : 0 },
      .ratio(
        "cer", "Character error rate", isLowerBetter: true,
        parts: (0..<columnCount).map { column in samples.map { Double($0.answers[column].edits) } }, wholes: lengths),
    ]
  }

  func hasChanged(_ before: SampleAnswer, _ after: SampleAnswer) -> Bool { before.text != after.text }

  func isRight(_ answer: SampleAnswer) -> Bool { answer.edits == 0 }

  /// Wrong characters that FP32 had right, for each character of the label.
  func loss(of sample: ComparedSample, in column: Int) -> Double {
    let more = sample.answers[column].edits - sample.answers[0].edits
    return Double(more) / Double(max(1, sample.text.unicodeScalars.count))
  }

  func words(_ answer: SampleAnswer) -> String { "“\(answer.text)”" }
}
