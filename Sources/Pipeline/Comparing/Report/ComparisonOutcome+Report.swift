import CalibrationData
import Evaluation
import Foundation
import Quantization
import Reporting

extension ComparisonOutcome {
  /// What the page, its JSON, its Markdown and the terminal say.
  func report(settings: ComparisonSettings) -> ReportDocument {
    var sections: [any ReportSection] = [KeyNumbersSection(keyNumbers)]
    if let section = changeSection { sections.append(section) }
    sections += [FindingsSection(findings), metricsTable] as [any ReportSection]
    // What lost most stands first.
    let order = columns.indices.dropFirst().sorted { (-columns[$0].error.noise, $0) < (-columns[$1].error.noise, $1) }
    for (place, column) in order.map({ ($0, columns[$0]) }) {
      if let section = slicesTable(column) { sections.append(section) }
      if let section = gallery?.section(column, at: place, samples: samples, task: task) { sections.append(section) }
      if let section = flipsTable(column, at: place) { sections.append(section) }
    }
    if let section = classesTable { sections.append(section) }
    sections += layerSections
    if !sweep.isEmpty { sections += sweepSections }
    if let section = keptTable { sections.append(section) }
    return ReportDocument(
      kind: "comparison", toolVersion: toolVersion,
      title: "Comparison of \((model as NSString).lastPathComponent)",
      subtitle: columns.map(\.name).joined(separator: ", ")
        + " on \(NumberFormat.counted(samples.count, "sample")) of \((data as NSString).lastPathComponent)",
      verdict: verdict, facts: facts(settings), sections: sections)
  }

  // MARK: Verdict

  private var verdict: Verdict {
    let lower = columns.dropFirst()
    let words = lower.map(words(for:)).joined(separator: "; ")
    guard let maxDrop else {
      return Verdict(findings.contains { $0.severity < .info } ? .warning : .ok, words + ".")
    }
    let limit = "Limit \(maxDrop.words): "
    if lower.contains(where: { !$0.verdict.passes }) { return Verdict(.failed, limit + words + ".") }
    if lower.contains(where: { $0.verdict == .unproven }) { return Verdict(.warning, limit + words + ".") }
    return Verdict(.ok, limit + words + ".")
  }

  private func words(for column: ComparedColumn) -> String {
    guard let metric = column.metrics.first else {
      return "\(column.name) \(DecibelWords.words(column.error.decibels)) against FP32"
    }
    let outcome =
      switch column.verdict {
      case .unchecked: ""
      case .passed: " passes"
      case .unproven: " is within the limit, unproven"
      case .failed: " fails"
      case .nonFinite: " fails, its outputs are NaN or infinite,"
      }
    return "\(column.name)\(outcome) with \(metric.label) \(metric.unit.change(metric.delta))"
  }

  private var keyNumbers: [KeyNumbersSection.Number] {
    var numbers: [KeyNumbersSection.Number] = []
    if let first = columns[0].metrics.first {
      numbers.append(
        .init(
          "fp32", "fp32", first.unit.words(first.value), note: "\(first.label) of \(samples.count) samples"))
    }
    for column in columns.dropFirst() {
      let metric = column.metrics.first
      var notes: [String] = []
      if let metric { notes.append(metric.unit.change(metric.delta)) }
      if let metric, let interval = metric.interval {
        notes.append("95 % \(metric.unit.signed(interval.lower)) to \(metric.unit.signed(interval.upper))")
      }
      if task.countsChanges { notes.append(NumberFormat.counted(column.flips.count, task.changeWord)) }
      if let test = column.test { notes.append("p \(NumberFormat.number(test.p))") }
      numbers.append(
        .init(
          column.name, column.name,
          metric.map { $0.unit.words($0.value) } ?? DecibelWords.words(column.error.decibels),
          note: notes.joined(separator: ", ")))
    }
    if let detectable = columns.dropFirst().compactMap(\.detectable).max() {
      numbers.append(
        .init(
          "detectable", "Smallest detectable drop", MetricUnit.share.change(-detectable),
          note: "found with a probability of 80 % on \(samples.count) samples"))
    }
    return numbers
  }

  /// Every change with its interval, drawn; nil where no metric has an interval.
  private var changeSection: IntervalSection? {
    guard let first = columns[0].metrics.first else { return nil }
    // One unit for all: those of the metric that the verdict goes by.
    let keys = columns[0].metrics.filter { $0.unit == first.unit && $0.isLowerBetter == first.isLowerBetter }.map(\.key)
    let scale = first.unit == .share ? 100.0 : 1
    let rows = columns.dropFirst().flatMap { column in
      column.metrics.filter { keys.contains($0.key) }.compactMap { metric -> IntervalSection.Row? in
        guard let interval = metric.interval, metric.delta.isFinite else { return nil }
        return IntervalSection.Row(
          name: "\(column.name) \(metric.label)", value: metric.delta * scale, lower: interval.lower * scale,
          upper: interval.upper * scale, isChief: metric.key == first.key,
          words: "\(metric.unit.change(metric.delta)), 95 % \(metric.unit.signed(interval.lower)) to "
            + metric.unit.signed(interval.upper))
      }
    }
    guard !rows.isEmpty else { return nil }
    let limit = maxDrop.flatMap { limit in
      columns.dropFirst().first?.metrics.first.map { limit.amount(for: $0) * scale }
    }
    return IntervalSection(
      id: "changes", title: "What is lost, and how sure that is",
      unit: first.unit == .share ? "change against FP32 in percentage points" : "change of \(first.label) against FP32",
      isLowerBetter: first.isLowerBetter, limit: limit, rows: rows)
  }

  // MARK: Facts

  private func facts(_ settings: ComparisonSettings) -> [Fact] {
    var facts = [
      Fact("model", "Model", (model as NSString).lastPathComponent),
      Fact("modelSHA256", "Model SHA-256", modelDigest, isCode: true),
      Fact("data", "Data", (data as NSString).lastPathComponent),
      Fact("dataSHA256", "Data SHA-256", dataDigest, isCode: true),
      Fact(
        "samples", "Samples",
        "\(samples.count) used, \(skipped.isEmpty ? "none" : "\(skipped.count)") skipped"
          + (settings.seed.map { ", drawn by the seed \($0)" } ?? "")),
      Fact("task", "Task", task.name),
    ]
    if !task.changeRule.isEmpty { facts.append(Fact("changes", "What counts as changed", task.changeRule)) }
    if let command = settings.metricCommand {
      facts.append(
        Fact(
          "metricCommand", "Metric",
          command.words.joined(separator: " ") + (command.isLowerBetter ? ", lower is better" : ", higher is better")))
    }
    facts.append(Fact("preprocessing", "Preprocessing", preprocessing.map { "\($0)" } ?? "none"))
    if let calibration {
      facts.append(Fact("calibration", "Calibration", calibration))
      facts.append(Fact("target", "Target", target))
    }
    let kept = settings.keepFP32.map { "fp32: \($0)" } + settings.keepFP16.map { "fp16: \($0)" }
    if !kept.isEmpty { facts.append(Fact("kept", "Kept by pattern", kept.joined(separator: ", "))) }
    facts.append(
      Fact("bootstrap", "Intervals", "95 %, percentile bootstrap over the samples, seed \(settings.intervalSeed)"))
    facts.append(Fact("kernelClass", "Arithmetic", "\(kernelClass.instructionSet), \(kernelClass.blas)"))
    return facts
  }
}
