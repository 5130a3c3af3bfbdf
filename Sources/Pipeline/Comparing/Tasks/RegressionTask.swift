import CalibrationData
import Evaluation

/// Numbers, and as many numbers as the label of each sample.
struct RegressionTask: ComparisonTask {
  let name = "regression"
  let countsChanges = false
  let lossUnit = MetricUnit.number
  let labels: LabelSource

  func truth(of sample: Sample) throws(PipelineError) -> SampleTruth { .numbers(try labels.numbers(of: sample)) }

  func read(
    _ outputs: SessionOutputs, truth: SampleTruth, baseline: SampleAnswer?, into answer: inout SampleAnswer
  ) throws(PipelineError) {
    guard case .numbers(let target) = truth else { return }
    answer.numbers = outputs.chosen.values
    guard answer.numbers.count == target.count else {
      throw PipelineError(
        .badData,
        "regression: expected as many numbers in the label as the output has (\(answer.numbers.count)), found "
          + "\(target.count); correct the label, or name another 'output' in the recipe")
    }
    answer.deviation =
      zip(answer.numbers, target).reduce(0) { $0 + Double(($1.0 - $1.1).magnitude) } / Double(max(1, target.count))
  }

  func metrics(_ samples: [ComparedSample], columnCount: Int) -> [ComparisonMetric] {
    // Of several outputs each has ranks of its own.
    let width = samples.map { $0.answers[0].numbers.count }.min() ?? 0
    let correlations = (0..<columnCount).map { column in
      (0..<width).map { place in
        RankCorrelation(samples.map { $0.answers[column].numbers[place] }, samples.map { $0.target[place] })
      }
    }
    return [
      .mean("mae", "MAE", unit: .number, isLowerBetter: true, samples, columnCount: columnCount) { answer, _ in
        answer.deviation
      },
      ComparisonMetric("spearman", "Spearman", unit: .number, resamples: 500) { column, drawn in
        let values = correlations[column].map { $0.value(drawn: drawn) }
        return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
      },
    ]
  }

  func hasChanged(_ before: SampleAnswer, _ after: SampleAnswer) -> Bool { false }

  func loss(of sample: ComparedSample, in column: Int) -> Double {
    let more = sample.answers[column].deviation - sample.answers[0].deviation
    return more.isFinite ? more : 0
  }

  func words(_ answer: SampleAnswer) -> String { answer.numbers.prefix(4).map { "\($0)" }.joined(separator: " ") }
}
