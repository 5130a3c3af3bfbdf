import Executor
import Foundation
import PrecisionAudit
import Reporting
import TensorCore

extension AuditOutcome {
  /// What the page, its JSON and its Markdown say.
  ///
  /// - Parameter showsPictures: Whether the worst samples' pictures stand in the page.
  func report(showsPictures: Bool, _ settings: AuditSettings) -> ReportDocument {
    let name = arithmetic.format.rawValue.uppercased()
    let model = (modelPath as NSString).lastPathComponent
    var sections: [any ReportSection] = [
      KeyNumbersSection(keyNumbers),
      FindingsSection(findings.map { reported($0) }),
    ]
    if let handOver { sections.append(handOver) }
    sections += [ranges, growth, worstTable]
    if showsPictures, let gallery = AuditGallery.section(self, settings) { sections.append(gallery) }
    if !slices.isEmpty { sections.append(sliceTable) }
    sections.append(layers)
    return ReportDocument(
      kind: "fp16-audit", toolVersion: toolVersion, title: "\(name) audit of \(model)",
      subtitle: "\(samples.count) samples of \((dataLocation as NSString).lastPathComponent)",
      verdict: Verdict(verdict.isBad ? .failed : verdict.isOk ? .ok : .warning, verdict.text), facts: facts,
      sections: sections, seconds: seconds.last, peakMemory: peakMemory)
  }

  private func reported(_ finding: AuditFinding) -> Finding {
    let severity: Finding.Severity
    switch finding.severity {
    case .error: severity = .error
    case .warning: severity = .warning
    case .info: severity = .info
    }
    let cure =
      finding.edit.map { edit in
        let isVerified = edits?.meetsGoal == true && edits?.edits.contains(edit) == true
        return finding.cure + ". Cheaper than FP32: \(edit)" + (isVerified ? " (applied and verified)" : "")
      } ?? finding.cure
    return Finding(
      severity, finding.kind.rawValue, at: finding.nodes, what: finding.what, evidence: finding.evidence, cure: cure)
  }

  private var facts: [Fact] {
    [
      Fact("model", "Network", (modelPath as NSString).lastPathComponent),
      Fact("modelSHA256", "SHA-256 of the network", modelDigest, isCode: true),
      Fact("data", "Samples", (dataLocation as NSString).lastPathComponent),
      Fact("dataSHA256", "SHA-256 of the samples", dataDigest, isCode: true),
      Fact("preprocessing", "Preprocessing", preprocessing),
      Fact("arithmetic", "Computed", modelOfArithmetic),
      Fact("goal", "Goal", goalWords),
      Fact("kernelClass", "Kernels", kernelClass),
      Fact("skipped", "Skipped samples", "\(skipped.count)"),
    ]
  }

  private var keyNumbers: [KeyNumbersSection.Number] {
    var numbers = [
      KeyNumbersSection.Number(
        "outputSQNR", "SQNR at the outputs", AuditWords.decibels(totals.error.decibels),
        note: totals.worst.map { "worst sample \(AuditWords.decibels($0.decibels))" } ?? "")
    ]
    if totals.decisions > 0 {
      numbers.append(
        KeyNumbersSection.Number(
          "flips", "Decisions that flip", "\(totals.flips)",
          note: "of \(totals.decisions); top five of \(totals.topFiveChanges)"))
    }
    if samples.contains(where: { $0.boxes != nil }) {
      numbers.append(
        KeyNumbersSection.Number(
          "boxes", "Samples whose objects change", "\(samples.count { $0.boxes?.isChange == true })",
          note: "of \(samples.count)"))
    }
    if let drop = baseline.drop {
      numbers.append(
        KeyNumbersSection.Number(
          "drop", "Accuracy lost", String(format: "%+.2f points", 0 - 100 * drop), note: "against FP32"))
    }
    let kept = cure.map { $0.meetsGoal ? "\($0.kept.count)" : "–" } ?? "–"
    numbers.append(
      KeyNumbersSection.Number(
        "kept", "Layers to keep in FP32", kept,
        note: cure.map { cure in
          "of \(units.count)"
            + (cure.kept.isEmpty ? "" : ", verified: " + AuditWords.decibels(cure.trial.totals.error.decibels))
        } ?? "not looked for"))
    return numbers
  }

  /// What a builder is given.
  private var handOver: TableSection? {
    var rows: [[TableCell]] = []
    if let cure, cure.meetsGoal, !cure.kept.isEmpty {
      rows += [
        [.text("TensorRT up to 10.16, trtexec"), .text(trtexecFlags)],
        [
          .text("Nodes to leave out, as regular expressions"),
          .text(nodePatterns.split(separator: "\n").joined(separator: "  ")),
        ],
        [
          .text("Verified"),
          .text(
            "\(AuditWords.decibels(cure.trial.totals.error.decibels)), \(cure.trial.totals.flips) flips, "
              + (cure.isMinimal ? "no kept layer can be spared" : "not pruned to the end: the time ran out")),
        ],
      ]
    }
    if let edits, !edits.edits.isEmpty {
      rows += edits.edits.map { [.text("Edit instead of FP32 (--write-cured)"), .text("\($0)")] }
      rows.append([.text("Verified with the edits"), .text(editWords(edits))])
    }
    guard !rows.isEmpty else { return nil }
    return TableSection(
      id: "cure", title: "The cure",
      columns: [TableColumn("for", "For", isNumeric: false), TableColumn("text", "Text", isNumeric: false)], rows: rows)
  }

  private var growth: LineChartSection {
    func series(_ name: String, _ value: (UnitStatistics) -> Double) -> LineChart.Series {
      LineChart.Series(
        name, units.enumerated().map { LineChart.Point(Double($0.offset + 1), value($0.element)) },
        labels: units.map { "\($0.unit.nodes[0]): \(AuditWords.decibels(value($0)))" })
    }
    return LineChartSection(
      id: "growth", title: "How the error grows",
      note: "The SQNR of each layer's result: by itself on exact inputs, and with all layers before it in 16 bits.",
      charts: [
        LineChart(
          id: "growth-chart", title: "SQNR along the network", x: LineChart.Axis("place in the network"),
          y: LineChart.Axis("SQNR in dB"),
          series: [series("this layer alone", { $0.local.decibels }), series("all layers", { $0.total.decibels })])
      ])
  }

  private var worstTable: TableSection {
    let shown = worstSamples.prefix(12).filter { $0.effect.error.noise > 0 || $0.effect.isBroken }
    return TableSection(
      id: "worst-samples", title: "Worst samples",
      columns: [
        TableColumn("sample", "Sample", isNumeric: false), TableColumn("sqnr", "SQNR in dB"),
        TableColumn("decision", "FP32 → \(arithmetic.format.rawValue.uppercased())", isNumeric: false),
        TableColumn("margin", "Margin", explanation: "By how much FP32's decision leads, in the outputs' unit"),
        TableColumn("narrowMargin", "Margin left"), TableColumn("slices", "Slices", isNumeric: false, .wide),
      ],
      rows: shown.map { sample in
        let effect = sample.effect
        return [
          .text(sample.identifier), .number(Float(effect.error.decibels)),
          sample.boxes.map { .text($0.words) }
            ?? effect.decision.map { .text(effect.isFlip ? effect.words : "same (\($0))") } ?? .missing,
          effect.margin.map { .number(Float($0)) } ?? .missing,
          effect.narrowMargin.map { .number(Float($0)) } ?? .missing,
          .text(sample.slices.map { "\($0.column) \($0.value)" }.joined(separator: ", ")),
        ]
      })
  }

  private var sliceTable: TableSection {
    let isOfDecisions = slices.first?.isOfDecisions ?? false
    return TableSection(
      id: "slices", title: "Slices",
      columns: [
        TableColumn("slice", "Slice", isNumeric: false), TableColumn("count", "Samples"), TableColumn("flips", "Flips"),
        TableColumn("mean", isOfDecisions ? "Decisions lost" : "Mean error"), TableColumn("rest", "In the others"),
        TableColumn(
          "p", "p", explanation: "How likely chance alone gives such a difference, adjusted for the number of slices"),
      ],
      rows: slices.map {
        [
          .text("\($0.column) = \($0.value)"), .count(UInt64($0.count)), .count(UInt64($0.flips)), .share($0.mean),
          .share($0.rest), .number(Float($0.p)),
        ]
      })
  }

  private var layers: TableSection {
    let kept = Set(cure?.kept ?? [])
    return TableSection(
      id: "layers", title: "Layers",
      columns: [
        TableColumn("place", "#", .wide), TableColumn("node", "Node", isNumeric: false),
        TableColumn("operator", "Operator", isNumeric: false, .wide),
        TableColumn("largest", "Largest", explanation: "The largest magnitude of the FP32 result"),
        TableColumn("headroom", "Headroom", explanation: "How often that can double before it overflows", .wide),
        TableColumn("overflow", "Overflow", explanation: "Share of the results that become infinite"),
        TableColumn("zero", "To zero", explanation: "Share of the results besides zero that become zero", .wide),
        TableColumn("subnormal", "Subnormal", .wide),
        TableColumn("local", "Own dB", explanation: "SQNR of this layer alone on exact inputs"),
        TableColumn("cosine", "Cosine", explanation: "Of this layer alone on exact inputs", .data),
        TableColumn("relative", "Largest error", explanation: "Over the largest magnitude, this layer alone", .wide),
        TableColumn("inherited", "Inherited dB", explanation: "SQNR against the error of the layers before", .wide),
        TableColumn("total", "Total dB", explanation: "SQNR with every layer before in 16 bits"),
        TableColumn("alone", "Output dB", explanation: "SQNR of the outputs with this layer alone in 16 bits"),
        TableColumn("flips", "Flips alone"),
        TableColumn(
          "marginLoss", "Margin lost", explanation: "Mean share of the decision's margin, this layer alone", .wide),
        TableColumn("channel", "Worst channel", .wide),
        TableColumn("sample", "Worst sample", isNumeric: false, .data),
        TableColumn("kept", "FP32", explanation: "Whether the cure keeps it in FP32", isNumeric: false),
      ],
      rows: units.enumerated().map { row($0.offset, $0.element, isKept: kept.contains($0.element.unit.key)) })
  }

  private func row(_ place: Int, _ entry: UnitStatistics, isKept: Bool) -> [TableCell] {
    let alone = sensitivity.totals(of: entry.unit.key)
    let all = Double(max(entry.span.count, 1)), nonZero = Double(max(entry.span.count - entry.span.zeros, 1))
    let operators = entry.unit.opTypes.joined(separator: " + ")
    return [
      .index(place + 1), .name(entry.unit.nodes[0], note: operators, anchor: nil), .text(operators),
      .number(entry.span.amax), entry.span.headroom.map { .number(Float($0)) } ?? .missing,
      .share(Double(entry.span.overflows) / all), .share(Double(entry.span.vanished) / nonZero),
      .share(Double(entry.span.subnormals) / nonZero), .number(Float(entry.local.decibels)),
      .number(Float(entry.local.cosine)), .number(Float(entry.local.relative)), .number(Float(entry.inheritedDecibels)),
      .number(Float(entry.total.decibels)), alone.map { .number(Float($0.error.decibels)) } ?? .missing,
      alone.map { .count(UInt64($0.flips)) } ?? .missing,
      alone?.meanMarginLoss.map { .number(Float($0)) } ?? .missing, entry.channels.worst.map { .index($0) } ?? .missing,
      entry.worstSample.flatMap { rank in samples.first { $0.rank == rank }?.identifier }.map { .text($0) } ?? .missing,
      .flag(isKept),
    ]
  }

  private var ranges: Binary16Section {
    Binary16Section(
      format: arithmetic.format.rawValue.uppercased(), largest: Double(arithmetic.format.largest),
      smallestNormal: Double(arithmetic.format.smallestNormal), vanishing: Double(arithmetic.format.vanishing),
      rows: units.map { entry in
        Binary16Section.Row(
          name: entry.unit.nodes[0], smallest: Double(entry.span.smallest), usual: Double(entry.span.quantile(0.9999)),
          amax: Double(entry.span.amax))
      })
  }
}
