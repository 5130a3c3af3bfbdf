import CalibrationData
import Evaluation
import Executor
import Quantization

/// Works the figures of every precision out of the samples' answers.
struct ComparisonFigures {
  let samples: [ComparedSample]
  let task: ComparisonTask
  let bootstrap: Bootstrap
  private let metrics: [Metric]
  private let breakdown: SliceBreakdown

  /// A figure over samples drawn with putting back.
  struct Metric {
    let key: String
    let label: String
    /// - Parameters: The column, and how often each sample counts; nil for once each.
    let value: (_ column: Int, _ drawn: Span<Int32>?) -> Double
    /// How often it is drawn anew.
    var resamples = 2000
  }

  init(samples: [ComparedSample], task: ComparisonTask, columnCount: Int, seed: UInt64) {
    self.samples = samples
    self.task = task
    bootstrap = Bootstrap(seed: seed)
    breakdown = SliceBreakdown(samples.map(\.slices))
    switch task {
    case .classification: metrics = Self.classification(samples, columnCount: columnCount)
    case .detection: metrics = Self.detection(samples, columnCount: columnCount)
    case .unlabelled(decides: true):
      metrics = [
        Self.mean("agreement", "Same decision as FP32", samples, columnCount) { sample, column in
          sample.answers[column].decision?.best == sample.answers[0].decision?.best ? 1 : 0
        }
      ]
    case .unlabelled(decides: false): metrics = []
    }
  }

  private static func classification(_ samples: [ComparedSample], columnCount: Int) -> [Metric] {
    [("top1", "Top-1", 1), ("top5", "Top-5", 5)].map { key, label, among in
      mean(key, label, samples, columnCount) { sample, column in
        sample.answers[column].labelRank.map { $0 < among } ?? false ? 1 : 0
      }
    }
  }

  private static func mean(
    _ key: String, _ label: String, _ samples: [ComparedSample], _ columnCount: Int,
    _ score: (ComparedSample, Int) -> Double
  ) -> Metric {
    let scores = (0..<columnCount).map { column in samples.map { score($0, column) } }
    return Metric(key: key, label: label) { column, drawn in
      let values = scores[column]
      guard !values.isEmpty else { return .nan }
      var total = 0.0
      var count = 0
      for i in values.indices {
        var times = 1
        if let drawn { times = Int(drawn[i]) }
        total += Double(times) * values[i]
        count += times
      }
      return count > 0 ? total / Double(count) : .nan
    }
  }

  private static func detection(_ samples: [ComparedSample], columnCount: Int) -> [Metric] {
    let precisions = (0..<columnCount).map { column in
      AveragePrecision(detections: samples.map { $0.answers[column].detections }, labels: samples.map(\.boxes))
    }
    return [("map50", "mAP50", 1), ("map", "mAP50-95", 10)].map { key, label, first in
      Metric(key: key, label: label, value: { precisions[$0].mean(first: first, drawn: $1) }, resamples: 300)
    }
  }

  // MARK: Columns

  func column(
    _ index: Int, variant: Variant, integerShare: Double?, maxDrop: Double?
  ) -> ComparedColumn {
    let flips = samples.indices.filter { changed(samples[$0], index) }
    var error = SignalError()
    for sample in samples { error.merge(sample.answers[index].error) }
    let measured = metrics.map { measure($0, index) }
    let test = isLabelled ? McNemar(before: rights(0), after: rights(index)) : nil
    return ComparedColumn(
      name: variant.name, metrics: measured, error: error, divergence: divergence(index), flips: flips,
      test: index == 0 ? nil : test,
      detectable: index == 0 ? nil : test.map { Detectability.smallestDrop(count: samples.count, won: $0.won) },
      calibrationError: calibrationError(index), slices: index == 0 ? [] : slices(index), classes: classes(index),
      integerShare: integerShare, keptNodes: variant.quantization?.kept ?? [],
      verdict: index == 0 ? .unchecked : verdict(measured.first, maxDrop))
  }

  var isLabelled: Bool {
    if case .classification = task { true } else { false }
  }

  private func changed(_ sample: ComparedSample, _ column: Int) -> Bool {
    switch task {
    case .detection: !Self.sameObjects(sample.answers[0].detections, sample.answers[column].detections)
    default: sample.answers[column].decision?.best != sample.answers[0].decision?.best
    }
  }

  /// Whether both found the same clear objects: scores from 0.3, of one class, overlapping by half.
  private static func sameObjects(_ before: [Detection], _ after: [Detection]) -> Bool {
    func covered(_ list: [Detection], by others: [Detection]) -> Bool {
      list.filter { $0.score >= 0.3 }.allSatisfy { found in
        others.contains { $0.score >= 0.2 && $0.category == found.category && $0.box.overlap(found.box) >= 0.5 }
      }
    }
    return covered(before, by: after) && covered(after, by: before)
  }

  private func rights(_ column: Int) -> [Bool] { samples.map { $0.answers[column].isRight } }

  private func measure(_ metric: Metric, _ index: Int) -> ComparedMetric {
    let value = metric.value(index, nil)
    guard index > 0 else {
      return ComparedMetric(key: metric.key, label: metric.label, value: value, delta: 0, interval: nil)
    }
    var draws = bootstrap
    draws.resamples = metric.resamples
    let interval = draws.interval(count: samples.count) { metric.value(index, $0) - metric.value(0, $0) }
    return ComparedMetric(
      key: metric.key, label: metric.label, value: value, delta: value - metric.value(0, nil), interval: interval)
  }

  private func divergence(_ column: Int) -> Double? {
    guard samples.contains(where: { $0.answers[0].decision != nil }) else { return nil }
    return samples.reduce(0) { $0 + $1.answers[column].divergence } / Double(samples.count)
  }

  private func calibrationError(_ column: Int) -> Double? {
    guard isLabelled else { return nil }
    var error = CalibrationError()
    for sample in samples {
      error.add(confidence: sample.answers[column].confidence, isRight: sample.answers[column].isRight)
    }
    return error.expected
  }

  private func verdict(_ metric: ComparedMetric?, _ maxDrop: Double?) -> ColumnVerdict {
    guard let metric, let maxDrop else { return .unchecked }
    // NaN, where nothing could be measured, does not pass.
    guard -metric.delta <= maxDrop else { return .failed }
    guard let interval = metric.interval else { return .passed }
    return -interval.lower <= maxDrop ? .passed : .unproven
  }

  // MARK: Slices and classes

  private func slices(_ column: Int) -> [ComparedSlice] {
    let losses = samples.map { sample -> Double in
      if isLabelled { return sample.answers[0].isRight && !sample.answers[column].isRight ? 1 : 0 }
      return changed(sample, column) ? 1 : 0
    }
    return breakdown.findings(losses: losses).map { finding in
      let members = finding.group.members
      var drawn = [Int32](repeating: 0, count: samples.count)
      for member in members { drawn[member] = 1 }
      let value = metrics.first?.value(column, drawn.span) ?? .nan
      let before = metrics.first?.value(0, drawn.span) ?? .nan
      return ComparedSlice(
        finding: finding, value: value, delta: value - before,
        flips: members.count { changed(samples[$0], column) })
    }
  }

  private func classes(_ column: Int) -> [ComparedClass] {
    guard isLabelled else { return [] }
    let groups = Dictionary(grouping: samples.filter { $0.label != nil }, by: { $0.label ?? 0 })
    return groups.keys.sorted().map { label in
      let members = groups[label] ?? []
      return ComparedClass(
        label: label, count: members.count, right: members.count { $0.answers[column].isRight },
        lost: members.count { $0.answers[0].isRight && !$0.answers[column].isRight },
        won: members.count { !$0.answers[0].isRight && $0.answers[column].isRight })
    }
  }
}
