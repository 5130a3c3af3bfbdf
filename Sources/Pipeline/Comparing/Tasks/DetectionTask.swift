import CalibrationData
import Evaluation

/// Boxes, and labelled boxes for each sample.
struct DetectionTask: ComparisonTask {
  let name = "detection"
  let changeWord = "changed picture"
  let decoder: DetectionDecoder
  let suppression: NonMaximumSuppression
  /// By the sample's rank; a picture that is not named has no objects.
  let boxes: [Int: [LabelledBox]]

  /// An object that somebody would act on, and what is left of it where it merely moved or became less sure: without
  /// the second threshold an object at 0.5 would come and go with every rounding.
  private static let clearScore: Float = 0.5
  private static let leastScore: Float = 0.25
  private static let leastOverlap: Float = 0.5

  var changeRule: String {
    "A picture counts as changed where an object that one of the two is sure of (score from 0.5) has no counterpart "
      + "in the other: same class, overlap from 0.5, score from 0.25. Boxes that merely move do not count."
  }

  func truth(of sample: Sample) throws(PipelineError) -> SampleTruth { .boxes(boxes[sample.rank] ?? []) }

  func read(
    _ outputs: SessionOutputs, truth: SampleTruth, baseline: SampleAnswer?, into answer: inout SampleAnswer
  ) throws(PipelineError) {
    let given = outputs.floats.map { DetectionDecoder.Output(extents: $0.extents, values: $0.values) }
    do {
      answer.detections = suppression.apply(try decoder.decode(given, leastScore: suppression.leastScore))
    } catch {
      throw PipelineError(.badData, "\(error)")
    }
  }

  func metrics(_ samples: [ComparedSample], columnCount: Int) -> [ComparisonMetric] {
    let precisions = (0..<columnCount).map { column in
      AveragePrecision(detections: samples.map { $0.answers[column].detections }, labels: samples.map(\.boxes))
    }
    return [("map50", "mAP50", 1), ("map", "mAP50-95", 10)].map { key, label, first in
      ComparisonMetric(key, label, resamples: 300) { precisions[$0].mean(first: first, drawn: $1) }
    }
  }

  func hasChanged(_ before: SampleAnswer, _ after: SampleAnswer) -> Bool {
    missing(before.detections, in: after.detections) > 0 || missing(after.detections, in: before.detections) > 0
  }

  /// How many of the clear objects have no counterpart.
  private func missing(_ list: [Detection], in others: [Detection]) -> Int {
    list.filter { $0.score >= Self.clearScore }.count { found in
      !others.contains {
        $0.score >= Self.leastScore && $0.category == found.category && $0.box.overlap(found.box) >= Self.leastOverlap
      }
    }
  }

  func words(_ answer: SampleAnswer) -> String {
    let count = answer.detections.count { $0.score >= Self.clearScore }
    return "\(count) clear object\(count == 1 ? "" : "s")"
  }

  func words(_ answer: SampleAnswer, after before: SampleAnswer) -> String {
    let lost = missing(before.detections, in: answer.detections)
    let new = missing(answer.detections, in: before.detections)
    return words(answer) + ": \(lost) lost, \(new) new"
  }
}
