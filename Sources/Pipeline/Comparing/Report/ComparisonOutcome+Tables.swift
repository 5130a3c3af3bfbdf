import Evaluation
import Executor
import Quantization
import Reporting

extension ComparisonOutcome {
  var metricsTable: TableSection {
    let isDecided = task.isDecided
    var head = [TableColumn("precision", "Precision", isNumeric: false)]
    for metric in columns[0].metrics {
      let change = metric.unit == .share ? "percentage points against FP32" : "against FP32"
      head += [
        TableColumn(metric.key, metric.label, explanation: metric.isLowerBetter ? "lower is better" : ""),
        TableColumn(metric.key + "Delta", "Change", explanation: change),
        TableColumn(metric.key + "Lower", "95 % from", .data), TableColumn(metric.key + "Upper", "to", .data),
      ]
    }
    if task.countsChanges {
      head.append(
        TableColumn("flips", task.name == "classification" ? "Flips" : "Changed", explanation: changeExplanation))
    }
    if isDecided {
      head += [
        TableColumn("lost", "Lost", explanation: "right before, wrong now", .wide),
        TableColumn("won", "Won", explanation: "wrong before, right now", .wide),
        TableColumn("mcnemar", "McNemar p", .wide),
        TableColumn("detectable", "Detectable", .data),
      ]
    }
    head += [
      TableColumn("sqnr", "SQNR (dB)", explanation: "of the outputs, before a final Softmax, against FP32's"),
      TableColumn("cosine", "Cosine", .data),
      TableColumn("divergence", "KL (nats)", columns[0].divergence == nil ? .data : .wide),
      TableColumn(
        "calibrationError", "ECE", explanation: "expected calibration error, 15 bins",
        columns[0].calibrationError == nil ? .data : .wide),
      TableColumn("integerShare", "In INT8", explanation: "share of the multiplications"),
    ]
    return TableSection(
      id: "precisions", title: "What each precision costs", columns: head, rows: columns.map(metricsRow))
  }

  private var changeExplanation: String {
    task.changeRule.isEmpty ? "samples decided otherwise than FP32" : task.changeRule
  }

  private func metricsRow(_ column: ComparedColumn) -> [TableCell] {
    var row: [TableCell] = [.name(column.name, note: "", anchor: nil)]
    for metric in column.metrics {
      row += [
        metric.unit.cell(metric.value),
        column.name == columns[0].name ? .missing : metric.unit.changeCell(metric.delta),
        metric.interval.map { metric.unit.cell($0.lower) } ?? .missing,
        metric.interval.map { metric.unit.cell($0.upper) } ?? .missing,
      ]
    }
    if task.countsChanges { row.append(.count(UInt64(column.flips.count))) }
    if task.isDecided {
      row += [
        column.test.map { .count(UInt64($0.lost)) } ?? .missing,
        column.test.map { .count(UInt64($0.won)) } ?? .missing,
        column.test.map { .number(Float($0.p)) } ?? .missing,
        column.detectable.map(TableCell.share) ?? .missing,
      ]
    }
    return row + [
      DecibelWords.cell(column.error),
      column.error.cosine.isFinite ? .number(Float(column.error.cosine)) : .missing,
      column.divergence.map { .number(Float($0)) } ?? .missing,
      column.calibrationError.map { .number(Float($0)) } ?? .missing,
      column.integerShare.map(TableCell.share) ?? .missing,
    ]
  }

  func slicesTable(_ column: ComparedColumn) -> TableSection? {
    // Where nothing changed there is nothing to break down.
    guard column.slices.contains(where: { $0.flips > 0 || $0.finding.mean != 0 || $0.delta != 0 }) else { return nil }
    let metric = columns[0].metrics.first
    let unit = metric?.unit ?? .share
    var head = [
      TableColumn("slice", "Slice", isNumeric: false), TableColumn("samples", "Samples"),
      TableColumn("metric", metric?.label ?? "Metric", metric == nil ? .data : .everywhere),
      TableColumn("delta", "Change", metric == nil ? .data : .everywhere),
    ]
    if task.countsChanges { head.append(TableColumn("flips", "Flips", explanation: changeExplanation)) }
    head += [
      TableColumn("lost", "Lost", explanation: "mean loss of the slice", .wide),
      TableColumn("rest", "Rest", explanation: "mean loss of all other samples", .wide),
      TableColumn("p", "p", explanation: "this slice loses more than the rest; Holm-adjusted"),
    ]
    return TableSection(
      id: "slices-\(column.name)", title: "Slices in \(column.name)", columns: head,
      rows: column.slices.map { slice in
        var row: [TableCell] = [
          .name("\(slice.finding.group.column) = \(slice.finding.group.value)", note: "", anchor: nil),
          .count(UInt64(slice.finding.group.members.count)), unit.cell(slice.value), unit.changeCell(slice.delta),
        ]
        if task.countsChanges { row.append(.count(UInt64(slice.flips))) }
        return row + [
          task.lossUnit.cell(slice.finding.mean), task.lossUnit.cell(slice.finding.rest),
          .number(Float(slice.finding.p)),
        ]
      })
  }

  /// Nil where nothing changed.
  func flipsTable(_ column: ComparedColumn, at place: Int) -> TableSection? {
    guard !column.flips.isEmpty else { return nil }
    let hasMargins = samples.contains { $0.answers[0].decision != nil }
    let isLabelled = samples.contains { $0.labelWords != nil }
    let rows = column.flips.map { index -> [TableCell] in
      let sample = samples[index]
      let before = sample.answers[0], after = sample.answers[place]
      return [
        .name(sample.identifier, note: "", anchor: nil), sample.labelWords.map { .text($0) } ?? .missing,
        .text(task.words(before)), .text(task.words(after, after: before)),
        before.decision.map { .number($0.margin) } ?? .missing, after.decision.map { .number($0.margin) } ?? .missing,
      ]
    }
    return TableSection(
      id: "flips-\(column.name)", title: "Samples that \(column.name) decides otherwise",
      columns: [
        TableColumn("sample", "Sample", isNumeric: false),
        TableColumn("label", "Label", isNumeric: false, isLabelled ? .everywhere : .data),
        TableColumn("fp32", "FP32 says", isNumeric: false), TableColumn("now", "\(column.name) says", isNumeric: false),
        TableColumn(
          "margin", "Margin in FP32", explanation: "best output minus the runner-up", hasMargins ? .everywhere : .data),
        TableColumn("marginNow", "Margin now", hasMargins ? .everywhere : .data),
      ], rows: rows)
  }

  var classesTable: TableSection? {
    guard let first = columns.first, !first.classes.isEmpty, first.classes.count <= 1000 else { return nil }
    let isDecided = task.isDecided
    var head = [
      TableColumn("class", "Class", isNumeric: false), TableColumn("samples", isDecided ? "Samples" : "Pixels"),
      TableColumn("fp32", isDecided ? "fp32" : "IoU in fp32"),
    ]
    for column in columns.dropFirst() {
      head.append(TableColumn(column.name, column.name))
      if isDecided {
        head.append(TableColumn(column.name + "Lost", "Lost", .wide))
        head.append(TableColumn(column.name + "Won", "Won", .wide))
      }
    }
    // A class that only one precision ever answers is missing in the others.
    let byLabel = columns.map { column in Dictionary(column.classes.map { ($0.label, $0) }) { first, _ in first } }
    let labels = Set(columns.flatMap { $0.classes.map(\.label) }).sorted()
    let rows = labels.map { label -> [TableCell] in
      let counts = byLabel.compactMap { $0[label]?.count }.max() ?? 0
      var row: [TableCell] = [
        .name("\(label)", note: "", anchor: nil), .count(UInt64(counts)), cell(byLabel[0][label]?.value),
      ]
      for column in byLabel.dropFirst() {
        row.append(cell(column[label]?.value))
        if isDecided {
          row.append(column[label]?.lost.map { .count(UInt64($0)) } ?? .missing)
          row.append(column[label]?.won.map { .count(UInt64($0)) } ?? .missing)
        }
      }
      return row
    }
    return TableSection(id: "classes", title: "Classes", columns: head, rows: rows)
  }

  private func cell(_ share: Double?) -> TableCell { share.map { $0.isFinite ? .share($0) : .missing } ?? .missing }

  var keptTable: TableSection? {
    let rows = columns.flatMap { column in
      column.keptNodes.map { kept in
        [
          TableCell.name(kept.node.name, note: "", anchor: nil), .text(kept.precision.rawValue),
          .text(kept.node.opType), .text("\(kept.node.reason)"), .text(column.name),
        ]
      }
    }
    guard !rows.isEmpty else { return nil }
    return TableSection(
      id: "kept", title: "Nodes that stay in higher precision",
      columns: [
        TableColumn("node", "Node", isNumeric: false), TableColumn("precision", "Computes in", isNumeric: false),
        TableColumn("op", "Operator", isNumeric: false), TableColumn("reason", "Why", isNumeric: false),
        TableColumn("column", "Where", explanation: "the precision of the rest of the network", isNumeric: false),
      ], rows: rows)
  }
}
