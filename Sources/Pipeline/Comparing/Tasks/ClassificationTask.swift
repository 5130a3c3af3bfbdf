import CalibrationData
import Evaluation

/// One score for each class, and a class as the label of each sample.
struct ClassificationTask: ComparisonTask {
  let name = "classification"
  let isDecided = true

  func truth(of sample: Sample) throws(PipelineError) -> SampleTruth { sample.label.map(SampleTruth.category) ?? .none }

  func read(
    _ outputs: SessionOutputs, truth: SampleTruth, baseline: SampleAnswer?, into answer: inout SampleAnswer
  ) throws(PipelineError) {
    let scores = outputs.chosen.values
    answer.decision = Decision(scores)
    if case .category(let label) = truth {
      guard label < scores.count else {
        throw PipelineError(
          .badData,
          "classification: expected a label below \(scores.count), for so many scores has the output, found \(label); "
            + "correct the label, or name another 'output' in the recipe")
      }
      answer.labelRank = LabelRank.rank(of: label, in: scores)
    }
    let distribution = Probabilities.are(scores) ? scores.map(Double.init) : Probabilities.softmax(scores)
    answer.confidence = answer.decision.map { distribution[$0.best] } ?? 0
  }

  func metrics(_ samples: [ComparedSample], columnCount: Int) -> [ComparisonMetric] {
    [("top1", "Top-1", 1), ("top5", "Top-5", 5)].map { key, label, among in
      .mean(key, label, samples, columnCount: columnCount) { answer, _ in
        answer.labelRank.map { $0 < among } ?? false ? 1 : 0
      }
    }
  }

  func hasChanged(_ before: SampleAnswer, _ after: SampleAnswer) -> Bool {
    before.decision?.best != after.decision?.best
  }

  func isRight(_ answer: SampleAnswer) -> Bool { answer.labelRank == 0 }

  func loss(of sample: ComparedSample, in column: Int) -> Double {
    isRight(sample.answers[0]) && !isRight(sample.answers[column]) ? 1 : 0
  }

  func classes(_ samples: [ComparedSample], in column: Int) -> [ComparedClass] {
    let groups = Dictionary(grouping: samples.filter { $0.label != nil }, by: { $0.label ?? 0 })
    return groups.keys.sorted().map { label in
      let members = groups[label] ?? []
      let before = members.map { isRight($0.answers[0]) }, after = members.map { isRight($0.answers[column]) }
      let test = McNemar(before: before, after: after)
      return ComparedClass(
        label: label, count: members.count, value: Double(after.count { $0 }) / Double(members.count),
        lost: test.lost, won: test.won)
    }
  }

  func calibrationError(_ samples: [ComparedSample], in column: Int) -> Double? {
    var error = CalibrationError()
    for sample in samples {
      error.add(confidence: sample.answers[column].confidence, isRight: isRight(sample.answers[column]))
    }
    return error.expected
  }

  func words(_ answer: SampleAnswer) -> String { answer.decision.map { "\($0.best)" } ?? "none" }
}
