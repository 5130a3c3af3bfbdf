import CalibrationData
import Evaluation
import Foundation
import Quantization
import Reporting

extension ComparisonOutcome {
  /// What the page, its JSON, its Markdown and the terminal say.
  func report(settings: ComparisonSettings) -> ReportDocument {
    var sections: [any ReportSection] = [
      KeyNumbersSection(keyNumbers), FindingsSection(findings), metricsTable,
    ]
    for column in columns.dropFirst() {
      if let section = slicesTable(column) { sections.append(section) }
    }
    for (place, column) in columns.enumerated().dropFirst() {
      if let section = gallery?.section(column, at: place, samples: samples) { sections.append(section) }
      sections.append(flipsTable(column))
    }
    if let section = classesTable { sections.append(section) }
    if let layers { sections += layerSections(layers) }
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
    let limit = "Limit \(NumberFormat.share(maxDrop)): "
    if lower.contains(where: { $0.verdict == .failed }) { return Verdict(.failed, limit + words + ".") }
    if lower.contains(where: { $0.verdict == .unproven }) { return Verdict(.warning, limit + words + ".") }
    return Verdict(.ok, limit + words + ".")
  }

  private func words(for column: ComparedColumn) -> String {
    guard let metric = column.metrics.first else {
      return "\(column.name) \(Self.decibels(column.error.decibels)) against FP32"
    }
    let outcome =
      switch column.verdict {
      case .unchecked: ""
      case .passed: " passes"
      case .unproven: " is within the limit, unproven"
      case .failed: " fails"
      }
    return "\(column.name)\(outcome) with \(metric.label) \(Self.points(metric.delta))"
  }

  /// A change of a share in percentage points, with its sign.
  static func points(_ delta: Double) -> String {
    guard delta.isFinite else { return NumberFormat.number(delta) }
    if delta == 0 { return "unchanged" }
    return (delta > 0 ? "+" : "−") + String(format: "%.2f", (delta * 100).magnitude) + " points"
  }

  /// The same without the unit: `−0.35`.
  static func signed(_ delta: Double) -> String {
    guard delta.isFinite else { return NumberFormat.number(delta) }
    return (delta > 0 ? "+" : delta < 0 ? "−" : "") + String(format: "%.2f", (delta * 100).magnitude)
  }

  static func decibels(_ value: Double) -> String {
    value.isFinite ? String(format: "%.1f", value) + "\u{A0}dB" : value > 0 ? "identical" : "–"
  }

  private var keyNumbers: [KeyNumbersSection.Number] {
    var numbers: [KeyNumbersSection.Number] = []
    if let first = columns[0].metrics.first {
      numbers.append(
        .init("fp32", "fp32", NumberFormat.share(first.value), note: "\(first.label) of \(samples.count) samples"))
    }
    for column in columns.dropFirst() {
      let metric = column.metrics.first
      var notes: [String] = []
      if let metric { notes.append(Self.points(metric.delta)) }
      if let interval = metric?.interval {
        notes.append("95 % \(Self.signed(interval.lower)) to \(Self.signed(interval.upper))")
      }
      notes.append(NumberFormat.counted(column.flips.count, flipWord))
      if let test = column.test { notes.append("p \(NumberFormat.number(test.p))") }
      numbers.append(
        .init(
          column.name, column.name, metric.map { NumberFormat.share($0.value) } ?? Self.decibels(column.error.decibels),
          note: notes.joined(separator: ", ")))
    }
    if let detectable = columns.dropFirst().compactMap(\.detectable).max() {
      numbers.append(
        .init(
          "detectable", "Smallest detectable drop", Self.points(-detectable),
          note: "found with a probability of 80 % on \(samples.count) samples"))
    }
    return numbers
  }

  private var flipWord: String { task == "detection" ? "changed picture" : "flip" }

  // MARK: Findings

  private var findings: [Finding] {
    var findings: [Finding] = []
    for column in columns.dropFirst() {
      if column.verdict == .failed, let metric = column.metrics.first, let maxDrop {
        findings.append(
          Finding(
            .error, "drop", at: [column.name], what: "\(metric.label) drops by more than the limit",
            evidence: "\(Self.points(metric.delta)), limit \(NumberFormat.share(maxDrop))",
            cure: "keep the costliest layers in FP16 (--layers names them), or calibrate with another method"))
      }
      if column.verdict == .unproven, let interval = column.metrics.first?.interval {
        findings.append(
          Finding(
            .warning, "unproven", at: [column.name],
            what: "These samples cannot rule out a drop beyond the limit",
            evidence: "the 95 % interval reaches \(Self.points(interval.lower))", cure: "compare on more samples"))
      }
      if let detectable = column.detectable, let maxDrop, detectable > maxDrop, column.verdict != .failed {
        findings.append(
          Finding(
            .warning, "too-few-samples", at: [column.name],
            what: "A drop as large as the limit would go unnoticed on so few samples",
            evidence: "the smallest detectable drop is \(NumberFormat.share(detectable))",
            cure: "compare on more samples"))
      }
      for slice in column.slices where slice.finding.p < 0.05 {
        findings.append(
          Finding(
            .warning, "slice", at: ["\(slice.finding.group.column) = \(slice.finding.group.value)"],
            what: "\(column.name) loses more on this slice than on the rest",
            evidence: "\(NumberFormat.share(slice.finding.mean)) lost against "
              + "\(NumberFormat.share(slice.finding.rest)), p \(NumberFormat.number(slice.finding.p)) adjusted",
            cure: "look at its flipped samples below"))
      }
      if column.error.nonFinite > 0 {
        findings.append(
          Finding(
            .error, "non-finite", at: [column.name], what: "Outputs are NaN or infinite",
            evidence: "\(NumberFormat.count(column.error.nonFinite)) values", cure: "run qtool fp16-audit"))
      }
      if let test = column.test, test.p < 0.05, test.lost > test.won {
        findings.append(
          Finding(
            .warning, "significant", at: [column.name], what: "The loss is more than chance",
            evidence: "\(test.lost) lost, \(test.won) won, McNemar p \(NumberFormat.number(test.p))", cure: ""))
      }
    }
    if !skipped.isEmpty {
      findings.append(
        Finding(
          .warning, "skipped", at: skipped.map(\.identifier), what: "Samples were left out",
          evidence: skipped[0].reason, cure: "mend or remove them"))
    }
    return findings + notes.map { Finding(.info, "network-note", at: [], what: $0, evidence: "", cure: "") }
  }

  // MARK: Tables

  private var metricsTable: TableSection {
    let metrics = columns[0].metrics
    var head = [TableColumn("precision", "Precision", isNumeric: false)]
    for metric in metrics {
      head.append(TableColumn(metric.key, metric.label))
      head.append(TableColumn(metric.key + "Delta", "Change", explanation: "percentage points against FP32"))
      head.append(TableColumn(metric.key + "Lower", "95 % from", explanation: "bootstrap interval of the change", .wide))
      head.append(TableColumn(metric.key + "Upper", "to", .wide))
    }
    head += [
      TableColumn("flips", task == "detection" ? "Changed" : "Flips", explanation: "samples decided otherwise than FP32"),
      TableColumn("lost", "Lost", explanation: "right before, wrong now", .wide),
      TableColumn("won", "Won", explanation: "wrong before, right now", .wide),
      TableColumn("mcnemar", "McNemar p", .wide),
      TableColumn("detectable", "Detectable", explanation: "smallest drop found with 80 % probability", .wide),
      TableColumn("sqnr", "SQNR (dB)", explanation: "of the outputs, before a final Softmax, against FP32's"),
      TableColumn("cosine", "Cosine", .wide),
      TableColumn("divergence", "KL (nats)", .wide),
      TableColumn("calibrationError", "ECE", explanation: "expected calibration error, 15 bins", .wide),
      TableColumn("integerShare", "In INT8", explanation: "share of the multiplications"),
    ]
    let rows = columns.map { column -> [TableCell] in
      var row: [TableCell] = [.text(column.name)]
      for metric in column.metrics {
        row.append(.share(metric.value))
        row.append(.share(metric.delta))
        row.append(metric.interval.map { .share($0.lower) } ?? .missing)
        row.append(metric.interval.map { .share($0.upper) } ?? .missing)
      }
      row += [
        .count(UInt64(column.flips.count)), column.test.map { .count(UInt64($0.lost)) } ?? .missing,
        column.test.map { .count(UInt64($0.won)) } ?? .missing, column.test.map { .number(Float($0.p)) } ?? .missing,
        column.detectable.map(TableCell.share) ?? .missing,
        column.error.decibels.isFinite ? .number(Float(column.error.decibels)) : .missing,
        column.error.cosine.isFinite ? .number(Float(column.error.cosine)) : .missing,
        column.divergence.map { .number(Float($0)) } ?? .missing,
        column.calibrationError.map { .number(Float($0)) } ?? .missing,
        column.integerShare.map(TableCell.share) ?? .missing,
      ]
      return row
    }
    return TableSection(id: "precisions", title: "What each precision costs", columns: head, rows: rows)
  }

  private func slicesTable(_ column: ComparedColumn) -> TableSection? {
    guard !column.slices.isEmpty else { return nil }
    let label = columns[0].metrics.first?.label ?? "Metric"
    return TableSection(
      id: "slices-\(column.name)", title: "Slices in \(column.name)",
      columns: [
        TableColumn("column", "Column", isNumeric: false), TableColumn("value", "Value", isNumeric: false),
        TableColumn("samples", "Samples"), TableColumn("metric", label), TableColumn("delta", "Change"),
        TableColumn("flips", "Flips"), TableColumn("lost", "Lost", explanation: "mean loss of the slice"),
        TableColumn("rest", "Rest", explanation: "mean loss of all other samples"),
        TableColumn("p", "p", explanation: "this slice loses more than the rest; Holm-adjusted"),
      ],
      rows: column.slices.map { slice in
        [
          .text(slice.finding.group.column), .text(slice.finding.group.value),
          .count(UInt64(slice.finding.group.members.count)), .share(slice.value), .share(slice.delta),
          .count(UInt64(slice.flips)), .share(slice.finding.mean), .share(slice.finding.rest),
          .number(Float(slice.finding.p)),
        ]
      })
  }

  private func flipsTable(_ column: ComparedColumn) -> TableSection {
    let place = columns.firstIndex { $0.name == column.name } ?? 0
    let rows = column.flips.map { index -> [TableCell] in
      let sample = samples[index]
      let before = sample.answers[0], after = sample.answers[place]
      if task == "detection" {
        return [
          .text(sample.identifier), .missing, .text("\(before.detections.count { $0.score >= 0.3 }) objects"),
          .text("\(after.detections.count { $0.score >= 0.3 }) objects"), .missing, .missing,
        ]
      }
      func words(_ answer: SampleAnswer) -> TableCell {
        answer.decision.map { .text("\($0.best)") } ?? .text("none")
      }
      return [
        .text(sample.identifier), sample.label.map { .count(UInt64($0)) } ?? .missing, words(before), words(after),
        before.decision.map { .number($0.margin) } ?? .missing, after.decision.map { .number($0.margin) } ?? .missing,
      ]
    }
    return TableSection(
      id: "flips-\(column.name)", title: "Samples that \(column.name) decides otherwise",
      columns: [
        TableColumn("sample", "Sample", isNumeric: false), TableColumn("label", "Label"),
        TableColumn("fp32", "FP32 says"), TableColumn("now", "\(column.name) says"),
        TableColumn("margin", "Margin in FP32", explanation: "best output minus the runner-up"),
        TableColumn("marginNow", "Margin now"),
      ], rows: rows)
  }

  private var classesTable: TableSection? {
    guard let first = columns.first, !first.classes.isEmpty, first.classes.count <= 1000 else { return nil }
    var head = [
      TableColumn("class", "Class"), TableColumn("samples", "Samples"), TableColumn("fp32", "fp32"),
    ]
    for column in columns.dropFirst() {
      head.append(TableColumn(column.name, column.name))
      head.append(TableColumn(column.name + "Lost", "Lost", .wide))
      head.append(TableColumn(column.name + "Won", "Won", .wide))
    }
    let rows = first.classes.indices.map { index -> [TableCell] in
      let entry = first.classes[index]
      var row: [TableCell] = [.count(UInt64(entry.label)), .count(UInt64(entry.count))]
      row.append(.share(Double(entry.right) / Double(entry.count)))
      for column in columns.dropFirst() {
        let own = column.classes[index]
        row += [
          .share(Double(own.right) / Double(own.count)), .count(UInt64(own.lost)), .count(UInt64(own.won)),
        ]
      }
      return row
    }
    return TableSection(id: "classes", title: "Classes", columns: head, rows: rows)
  }

  private var keptTable: TableSection? {
    let rows = columns.flatMap { column in
      column.keptNodes.map { [TableCell.text(column.name), .text($0.name), .text($0.opType), .text("\($0.reason)")] }
    }
    guard !rows.isEmpty else { return nil }
    return TableSection(
      id: "kept", title: "Nodes that stay in higher precision",
      columns: [
        TableColumn("precision", "Precision", isNumeric: false), TableColumn("node", "Node", isNumeric: false),
        TableColumn("op", "Operator", isNumeric: false), TableColumn("reason", "Why", isNumeric: false),
      ], rows: rows)
  }

  // MARK: Facts

  private func facts(_ settings: ComparisonSettings) -> [Fact] {
    var facts = [
      Fact("model", "Model", (model as NSString).lastPathComponent),
      Fact("modelSHA256", "Model SHA-256", modelDigest, isCode: true),
      Fact("data", "Data", (data as NSString).lastPathComponent),
      Fact("dataSHA256", "Data SHA-256", dataDigest, isCode: true),
      Fact("samples", "Samples", "\(samples.count) used, \(skipped.isEmpty ? "none" : "\(skipped.count)") skipped"),
      Fact("task", "Task", task),
      Fact("preprocessing", "Preprocessing", preprocessing.map { "\($0)" } ?? "none"),
    ]
    if let calibration {
      facts.append(Fact("calibration", "Calibration", calibration))
      facts.append(Fact("target", "Target", target))
    }
    let kept = settings.keepFP32.map { "fp32: \($0)" } + settings.keepFP16.map { "fp16: \($0)" }
    if !kept.isEmpty { facts.append(Fact("kept", "Kept by pattern", kept.joined(separator: ", "))) }
    facts.append(
      Fact("bootstrap", "Intervals", "95 %, percentile bootstrap over the samples, seed \(settings.seed)"))
    facts.append(Fact("kernelClass", "Arithmetic", "\(kernelClass.instructionSet), \(kernelClass.blas)"))
    return facts
  }
}
