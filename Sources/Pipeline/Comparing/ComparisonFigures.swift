import CalibrationData
import Evaluation
import Executor
import Quantization

/// Works the figures of every precision out of the samples' answers.
struct ComparisonFigures {
  let samples: [ComparedSample]
  let task: any ComparisonTask
  /// Of every metric's change, by metric and by column without FP32's.
  private let intervals: [[ConfidenceInterval?]]
  private let metrics: [ComparisonMetric]
  private let breakdown: SliceBreakdown

  /// - Parameter own: A user's metric, which stands before those of the task.
  init(
    samples: [ComparedSample], task: any ComparisonTask, columnCount: Int, seed: UInt64, own: ComparisonMetric? = nil
  ) {
    self.samples = samples
    self.task = task
    breakdown = SliceBreakdown(samples.map(\.slices))
    let metrics = [own].compactMap(\.self) + task.metrics(samples, columnCount: columnCount)
    self.metrics = metrics
    intervals = Bootstrap(seed: seed).intervals(count: samples.count, resamples: metrics.map(\.resamples)) {
      metric, drawn, results in
      for column in 1..<max(1, columnCount) { results.append(metrics[metric].change(column, drawn)) }
    }
  }

  func column(
    _ index: Int, variant: Variant, integerShare: Double?, maxDrop: DropLimit?
  ) -> ComparedColumn {
    let flips = samples.indices.filter { changed(samples[$0], index) }
    var error = SignalError()
    for sample in samples { error.merge(sample.answers[index].error) }
    let measured = metrics.indices.map { measure($0, index) }
    let test = task.isDecided ? McNemar(before: rights(0), after: rights(index)) : nil
    return ComparedColumn(
      name: variant.name, metrics: measured, error: error, divergence: divergence(index), flips: flips,
      test: index == 0 ? nil : test,
      detectable: index == 0 ? nil : test.map { Detectability.smallestDrop(count: samples.count, won: $0.won) },
      calibrationError: task.calibrationError(samples, in: index), slices: index == 0 ? [] : slices(index),
      classes: task.classes(samples, in: index), integerShare: integerShare,
      integerNodes: Set(variant.quantization?.nodes.filter(\.isInteger).map(\.name) ?? []),
      keptNodes: (variant.quantization?.kept ?? []).map {
        ComparedKeptNode(node: $0, precision: variant.policy.precision(of: $0.name))
      },
      verdict: index == 0 ? .unchecked : verdict(measured.first, error, maxDrop))
  }

  private func changed(_ sample: ComparedSample, _ column: Int) -> Bool {
    task.hasChanged(sample.answers[0], sample.answers[column])
  }

  private func rights(_ column: Int) -> [Bool] { samples.map { task.isRight($0.answers[column]) } }

  private func measure(_ place: Int, _ index: Int) -> ComparedMetric {
    let metric = metrics[place]
    let value = metric.value(index, nil)
    let own = intervals[place]
    return ComparedMetric(
      key: metric.key, label: metric.label, unit: metric.unit, isLowerBetter: metric.isLowerBetter, value: value,
      delta: index == 0 ? 0 : value - metric.value(0, nil),
      interval: index > 0 && index <= own.count ? own[index - 1] : nil)
  }

  private func divergence(_ column: Int) -> Double? {
    guard samples.contains(where: { $0.answers[0].decision != nil }) else { return nil }
    return samples.reduce(0) { $0 + $1.answers[column].divergence } / Double(samples.count)
  }

  private func verdict(_ metric: ComparedMetric?, _ error: SignalError, _ maxDrop: DropLimit?) -> ColumnVerdict {
    guard let metric, let limit = maxDrop?.amount(for: metric) else { return .unchecked }
    let before = samples.reduce(0) { $0 + $1.answers[0].error.nonFinite }
    guard error.nonFinite <= before, error.count > 0 || error.nonFinite == 0 else { return .nonFinite }
    // NaN, where nothing could be measured, does not pass.
    guard metric.loss <= limit else { return .failed }
    guard let worst = metric.worst else { return .unproven }
    return worst <= limit ? .passed : .unproven
  }

  // MARK: Slices

  private func slices(_ column: Int) -> [ComparedSlice] {
    let losses = samples.map { task.loss(of: $0, in: column) }
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
}
