import CalibrationData
import Evaluation

/// A vector for each sample, compared by its direction: with the label's vector, with the vector of the sample's
/// partner, or, without labels, with FP32's.
struct EmbeddingTask: ComparisonTask {
  enum Labels: Sendable {
    /// The label is the vector to reach.
    case targets(LabelSource)
    /// Two samples belong together where the slice column `pair` says the same; the first one's label says how alike
    /// they are. Given are the pairs' members by rank, and the labels.
    case pairs([Pair])
    case none
  }

  struct Pair: Sendable {
    let first: Int
    let second: Int
    let likeness: Float
  }

  let name = "embedding"
  let countsChanges = false
  let lossUnit = MetricUnit.number
  let labels: Labels

  func truth(of sample: Sample) throws(PipelineError) -> SampleTruth {
    guard case .targets(let source) = labels else { return .none }
    return .numbers(try source.numbers(of: sample))
  }

  func read(
    _ outputs: SessionOutputs, truth: SampleTruth, baseline: SampleAnswer?, into answer: inout SampleAnswer
  ) throws(PipelineError) {
    let vector = outputs.chosen.values
    if case .pairs = labels { answer.numbers = vector }
    guard case .numbers(let target) = truth else {
      answer.cosine = answer.error.noise == 0 ? 1 : answer.error.cosine
      return
    }
    guard target.count == vector.count else {
      throw PipelineError(
        .badData,
        "embedding: expected a label of \(vector.count) numbers as the output has, found \(target.count); correct "
          + "the label, or name another 'output' in the recipe")
    }
    answer.cosine = Cosine.similarity(vector, target)
  }

  func metrics(_ samples: [ComparedSample], columnCount: Int) -> [ComparisonMetric] {
    switch labels {
    case .targets:
      return [cosine("labelCosine", "Cosine to the label", samples, columnCount)]
    case .none:
      return [cosine("fp32Cosine", "Cosine to FP32", samples, columnCount)]
    case .pairs(let pairs):
      let places = Dictionary(samples.enumerated().map { ($1.rank, $0) }) { first, _ in first }
      let known = pairs.compactMap { pair -> (first: Int, second: Int, likeness: Float)? in
        guard let first = places[pair.first], let second = places[pair.second] else { return nil }
        return (first, second, pair.likeness)
      }
      let likeness = known.map(\.likeness)
      let firsts = known.map(\.first)
      let correlations = (0..<columnCount).map { column in
        let similarities = known.map {
          let first = samples[$0.first].answers[column], second = samples[$0.second].answers[column]
          return Float(Cosine.similarity(first.numbers, second.numbers))
        }
        return RankCorrelation(similarities, likeness)
      }
      return [
        ComparisonMetric("spearman", "Spearman", unit: .number, resamples: 500) { column, drawn in
          guard let drawn else { return correlations[column].value() }
          // A pair counts as often as its first sample was drawn.
          let times = firsts.map { drawn[$0] }
          return correlations[column].value(drawn: times.span)
        },
        cosine("fp32Cosine", "Cosine to FP32", samples, columnCount),
      ]
    }
  }

  private func cosine(
    _ key: String, _ label: String, _ samples: [ComparedSample], _ columnCount: Int
  ) -> ComparisonMetric {
    .mean(key, label, unit: .number, samples, columnCount: columnCount) { answer, _ in answer.cosine }
  }

  func hasChanged(_ before: SampleAnswer, _ after: SampleAnswer) -> Bool { false }

  func loss(of sample: ComparedSample, in column: Int) -> Double {
    let less = sample.answers[0].cosine - sample.answers[column].cosine
    return less.isFinite ? less : 0
  }

  func words(_ answer: SampleAnswer) -> String { "cosine \(answer.cosine)" }
}
