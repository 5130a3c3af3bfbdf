import Evaluation
import Quantization
import Reporting

extension ComparisonOutcome {
  /// What the reader should know or do.
  var findings: [Finding] {
    var findings = baseline + columns.dropFirst().flatMap { drops($0) + slices($0) + outputs($0) + unscaled($0) }
    if !unknownNames.isEmpty {
      findings.append(
        Finding(
          .warning, "unknown-names", at: unknownNames, what: "Names of the calibration are no tensors of the network",
          evidence: NumberFormat.counted(unknownNames.count, "name"), cure: "calibrate this network"))
    }
    if !skipped.isEmpty {
      findings.append(
        Finding(
          .warning, "skipped", at: skipped.map(\.identifier), what: "Samples were left out",
          evidence: skipped[0].reason, cure: "mend or remove them"))
    }
    if let profile, !profile.unmatched.isEmpty {
      let time = profile.unmatched.reduce(0) { $0 + $1.milliseconds }
      findings.append(
        Finding(
          .info, "profile", at: profile.unmatched.map(\.name), what: "Layers of the profile are no node of the network",
          evidence: "\(NumberFormat.number(time)) of \(NumberFormat.number(profile.total)) ms", cure: ""))
    }
    return findings + notes.map { Finding(.info, "network-note", at: [], what: $0, evidence: "", cure: "") }
  }

  /// What is wrong with FP32 already, so that no comparison with it means anything.
  private var baseline: [Finding] {
    guard let column = columns.first else { return [] }
    var findings: [Finding] = []
    if column.error.nonFinite > 0 {
      findings.append(
        Finding(
          .error, "non-finite", at: [column.name], what: "FP32's own outputs are NaN or infinite",
          evidence: "\(NumberFormat.count(column.error.nonFinite)) values",
          cure: "look at the samples and the network first: qtool run --all-tensors"))
    }
    if task is UnlabelledTask, task.countsChanges {
      findings.append(
        Finding(
          .info, "no-labels", at: [], what: "The samples have no labels: FP32's decisions are taken for right",
          evidence: "\(NumberFormat.count(samples.count)) samples",
          cure: "give class folders, a manifest with a column 'label', or test_labels to see accuracy"))
    }
    let classes = column.classes.count
    guard task.isDecided else { return findings }
    if classes == 1 {
      findings.append(
        Finding(
          .warning, "one-class", at: [], what: "All samples have the same label",
          evidence: "class \(column.classes[0].label)", cure: "compare on samples of every class"))
    } else if classes > 1, samples.count >= 20, let metric = column.taskMetric, metric.value * Double(classes) <= 1 {
      findings.append(
        Finding(
          .warning, "chance", at: [column.name], what: "FP32 is right no more often than by chance",
          evidence: "\(NumberFormat.share(metric.value)) with \(classes) classes",
          cure: "check that labels and preprocessing are the network's: qtool data preview"))
    }
    return findings
  }

  private func drops(_ column: ComparedColumn) -> [Finding] {
    var findings: [Finding] = []
    let metric = column.metrics.first
    if column.verdict == .failed, let metric, let maxDrop {
      findings.append(
        Finding(
          .error, "drop", at: [column.name], what: "\(metric.label) is worse by more than the limit",
          evidence: "\(metric.unit.change(metric.delta)), limit \(maxDrop.words)",
          cure: "keep the costliest layers in FP16 (--layers names them), or calibrate with another method"))
    }
    if column.verdict == .unproven, let metric {
      findings.append(
        Finding(
          .warning, "unproven", at: [column.name],
          what: metric.worst == nil
            ? "One number for the whole set cannot tell a loss from chance"
            : "These samples cannot rule out a loss beyond the limit",
          evidence: metric.interval.map {
            "the 95 % interval reaches \(metric.unit.change(metric.isLowerBetter ? $0.upper : $0.lower))"
          } ?? "no interval",
          cure: metric.worst == nil ? "let the program print a number for each sample" : "compare on more samples"))
    }
    if let detectable = column.detectable, let metric, let limit = maxDrop?.amount(for: metric), metric.unit == .share,
      detectable > limit, column.verdict != .failed
    {
      findings.append(
        Finding(
          .warning, "too-few-samples", at: [column.name],
          what: "A drop as large as the limit would go unnoticed on so few samples",
          evidence: "the smallest detectable drop is \(NumberFormat.share(detectable))",
          cure: "compare on more samples"))
    }
    if let test = column.test, test.p < 0.05, test.lost > test.won {
      findings.append(
        Finding(
          .warning, "significant", at: [column.name], what: "The loss is more than chance",
          evidence: "\(test.lost) lost, \(test.won) won, McNemar p \(NumberFormat.number(test.p))", cure: ""))
    }
    return findings
  }

  private func slices(_ column: ComparedColumn) -> [Finding] {
    column.slices.filter { $0.finding.p < 0.05 }.map { slice in
      Finding(
        .warning, "slice", at: ["\(slice.finding.group.column) = \(slice.finding.group.value)"],
        what: "\(column.name) loses more on this slice than on the rest",
        evidence: "\(task.lossUnit.words(slice.finding.mean)) lost against "
          + "\(task.lossUnit.words(slice.finding.rest)), p \(NumberFormat.number(slice.finding.p)) adjusted",
        cure: task.countsChanges ? "look at its changed samples below" : "")
    }
  }

  private func unscaled(_ column: ComparedColumn) -> [Finding] {
    let nodes = column.keptNodes.filter(\.isUnscaled)
    guard let first = nodes.first else { return [] }
    return [
      Finding(
        .warning, "no-scale", at: nodes.map(\.node.name), what: "Nodes do not compute in INT8 for want of a scale",
        evidence: "\(column.name): \(first.node.reason)", cure: "calibrate these tensors")
    ]
  }

  private func outputs(_ column: ComparedColumn) -> [Finding] {
    guard column.error.nonFinite > columns[0].error.nonFinite else { return [] }
    return [
      Finding(
        .error, "non-finite", at: [column.name], what: "Outputs are NaN or infinite",
        evidence: "\(NumberFormat.count(column.error.nonFinite)) values", cure: "run qtool fp16-audit")
    ]
  }
}

extension ComparedKeptNode {
  /// Whether the calibration has no usable scale for what it reads.
  fileprivate var isUnscaled: Bool {
    if case .noRange(_) = node.reason { true } else { false }
  }
}
