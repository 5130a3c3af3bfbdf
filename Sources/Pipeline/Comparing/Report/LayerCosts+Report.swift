import Evaluation
import Quantization
import Reporting

extension ComparisonOutcome {
  /// The errors along the network, then for each precision what its layers cost, then what mixing precisions buys.
  var layerSections: [any ReportSection] {
    guard !layers.isEmpty else { return [] }
    var sections: [any ReportSection] = [
      LineChartSection(id: "layer-charts", title: "Errors along the network", note: layerNote, charts: layerCharts)
    ]
    sections += layers.map(layerTable)
    if let section = mixedSection { sections.append(section) }
    return sections
  }

  private var layerNote: String {
    "Local is the error that a layer makes by itself; inherited is what the whole network in that precision brings to it. "
      + "Single layers are measured on the first \(NumberFormat.counted(layers[0].sampleCount, "sample"))."
  }

  private var layerCharts: [LineChart] {
    func series(_ costs: LayerCosts, _ what: String, _ error: (LayerCosts.Layer) -> SignalError) -> LineChart.Series {
      LineChart.Series(
        "\(costs.precision.rawValue)\(what)",
        costs.layers.map { LineChart.Point(Double($0.place), error($0).decibels) }, labels: costs.layers.map(\.node))
    }
    let axis = LineChart.Axis("layer, in the order of the network")
    return [
      LineChart(
        id: "layer-errors", title: "What each layer's own output loses", x: axis, y: .init("SQNR in dB"),
        series: layers.flatMap { [series($0, ", local", \.local), series($0, ", with what it inherits", \.total)] }),
      LineChart(
        id: "layer-costs", title: "What each layer alone costs at the outputs", x: axis, y: .init("SQNR in dB"),
        series: layers.map { series($0, ", this layer only", \.atOutput) }),
    ]
  }

  private func layerTable(_ costs: LayerCosts) -> TableSection {
    let name = costs.precision.rawValue, cure = costs.cureWith.rawValue.uppercased()
    let cures = Dictionary(costs.cures.map { ($0.nodes[0], $0) }) { first, _ in first }
    let unit = costs.metric?.unit ?? .share
    let hasTimes = profile != nil
    var head = [
      TableColumn("node", "Layer", isNumeric: false), TableColumn("op", "Operator", isNumeric: false),
      TableColumn("atOutput", "At the outputs (dB)", explanation: "SQNR with only this layer in \(name)"),
      TableColumn("local", "Local (dB)", explanation: "SQNR of its own output, only this layer in \(name)"),
      TableColumn("total", "Inherited too (dB)", explanation: "SQNR of its own output, the whole network in \(name)"),
      TableColumn("without", "Kept in \(cure) (dB)", explanation: "SQNR of the outputs, this layer in \(cure)"),
      TableColumn(
        "withoutFlips", "Changed then", explanation: "samples changed against FP32 with this layer in \(cure)",
        task.countsChanges ? .wide : .data),
      TableColumn("withoutDelta", "\(costs.metric?.label ?? "Change") then", costs.metric == nil ? .data : .wide),
    ]
    if hasTimes { head.insert(TableColumn("milliseconds", "Time (ms)", explanation: "of the profile"), at: 2) }
    let rows = costs.ranking.map { index -> [TableCell] in
      let layer = costs.layers[index]
      let cure = cures[layer.node]
      var row: [TableCell] = [
        .name(layer.node, note: "", anchor: nil), .text(layer.opType), DecibelWords.cell(layer.atOutput),
        DecibelWords.cell(layer.local), DecibelWords.cell(layer.total), DecibelWords.cell(cure?.error),
        cure.map { .count(UInt64($0.flips)) } ?? .missing, cure.map { unit.changeCell($0.delta) } ?? .missing,
      ]
      if hasTimes { row.insert(profile?.byNode[layer.node].map { .number(Float($0)) } ?? .missing, at: 2) }
      return row
    }
    return TableSection(
      id: "layers-\(name)", title: "What each layer costs in \(name), the costliest first", columns: head, rows: rows)
  }

  // MARK: Mixed precisions

  /// Accuracy by how much of the work is in INT8, as layers leave it in the order of what they cost.
  private var mixedSection: LineChartSection? {
    guard let costs = layers.first(where: { $0.precision == .int8 }), let whole = columns.first(where: \.isINT8) else {
      return nil
    }
    var points = [MixedPoint(whole)]
    if let single = costs.cures.first { points.append(MixedPoint(single)) }
    points += costs.mixes.map(MixedPoint.init)
    if let floating = columns.first(where: { $0.name == costs.cureWith.rawValue }) {
      points.append(MixedPoint(floating))
    }
    var charts: [LineChart] = []
    let reference = columns[0].metrics.first { $0.label == costs.metric?.label }
    if let profile {
      let axis = LineChart.Axis("milliseconds of the profile in INT8", including: [0])
      charts += mixedCharts(points, axis, "milliseconds", reference) { point in
        point.nodes.reduce(0) { $0 + (profile.byNode[$1] ?? 0) }
      }
    }
    let axis = LineChart.Axis("share of the multiplications in INT8, in percent", including: [0])
    charts += mixedCharts(points, axis, "multiplications", reference) { ($0.share ?? .nan) * 100 }
    return LineChartSection(
      id: "mixed", title: "What mixing precisions buys",
      note: "From the right: the whole network in INT8, then with 1, 2, 3 and more of the costliest layers kept in "
        + "\(costs.cureWith.rawValue.uppercased()), at the left all of them.", charts: charts)
  }

  private struct MixedPoint {
    let name: String
    let share: Double?
    let nodes: Set<String>
    let value: Double
    let interval: ConfidenceInterval?
    let delta: Double
    let decibels: Double

    init(_ column: ComparedColumn) {
      // The user's own metric is not measured for mixtures.
      let metric = column.taskMetric
      self.init(
        name: column.name, share: column.integerShare, nodes: column.integerNodes, value: metric?.value ?? .nan,
        interval: metric?.interval, delta: metric?.delta ?? .nan, decibels: column.error.decibels)
    }

    init(_ cure: LayerCosts.Cure) {
      self.init(
        name: "\(cure.nodes.count) kept", share: cure.integerShare, nodes: cure.integerNodes, value: cure.value,
        interval: cure.interval, delta: cure.delta, decibels: cure.error.decibels)
    }

    private init(
      name: String, share: Double?, nodes: Set<String>, value: Double, interval: ConfidenceInterval?, delta: Double,
      decibels: Double
    ) {
      self.name = name
      self.share = share
      self.nodes = nodes
      self.value = value
      self.interval = interval
      self.delta = delta
      self.decibels = decibels
    }
  }

  private func mixedCharts(
    _ points: [MixedPoint], _ axis: LineChart.Axis, _ key: String, _ reference: ComparedMetric?,
    _ place: (MixedPoint) -> Double
  ) -> [LineChart] {
    let ordered = points.sorted { place($0) < place($1) }
    let names = ordered.map(\.name)
    var charts: [LineChart] = []
    if let reference {
      let scale = reference.unit == .share ? 100.0 : 1
      let values = ordered.map { point -> LineChart.Point in
        // The interval is one of the change: around FP32's own value it is where the figure may lie.
        let before = point.value - point.delta
        let ends = point.interval.map { ($0.lower + before, $0.upper + before) }
        let band = ends.flatMap { $0.0 <= $0.1 ? ($0.0 * scale)...($0.1 * scale) : nil }
        return LineChart.Point(place(point), point.value * scale, interval: band)
      }
      charts.append(
        LineChart(
          id: "mixed-\(key)-metric", title: "\(reference.label) by how much is in INT8", x: axis,
          y: .init(reference.label + (reference.unit == .share ? " in percent" : "")),
          series: [.init("mixed precisions, with 95 % interval", values, labels: names)],
          levels: [.init("FP32", reference.value * scale)]))
    }
    charts.append(
      LineChart(
        id: "mixed-\(key)-sqnr", title: "Error of the outputs by how much is in INT8", x: axis, y: .init("SQNR in dB"),
        series: [
          .init("mixed precisions", ordered.map { LineChart.Point(place($0), $0.decibels) }, labels: names)
        ]))
    return charts
  }

  // MARK: Sweep

  var sweepSections: [any ReportSection] {
    let methods = sweep.reduce(into: [String]()) { if !$0.contains($1.method) { $0.append($1.method) } }
    let chart = LineChart(
      id: "sweep-sqnr", title: "INT8 by number of calibration samples", x: .init("samples", .logarithmic),
      y: .init("SQNR in dB"),
      series: methods.map { method in
        .init(method, sweep.filter { $0.method == method }.map { .init(Double($0.samples), $0.error.decibels) })
      })
    let metric = sweep.first?.metric
    let unit = metric?.unit ?? .share
    let table = TableSection(
      id: "sweep", title: "Methods and numbers of calibration samples",
      columns: [
        TableColumn("method", "Method", isNumeric: false), TableColumn("samples", "Samples"),
        TableColumn("metric", metric?.label ?? "Metric", metric == nil ? .data : .everywhere),
        TableColumn("delta", "Change", metric == nil ? .data : .everywhere),
        TableColumn("flips", "Changed", task.countsChanges ? .everywhere : .data), TableColumn("sqnr", "SQNR (dB)"),
      ],
      rows: sweep.map { point in
        [
          .name(point.method, note: "", anchor: nil), .count(UInt64(point.samples)), unit.cell(point.value),
          unit.changeCell(point.delta), .count(UInt64(point.flips)), DecibelWords.cell(point.error),
        ]
      })
    return [LineChartSection(id: "sweep-chart", title: "Sweep", charts: [chart]), table]
  }
}

extension ComparedColumn {
  /// Whether all that can be is in INT8.
  fileprivate var isINT8: Bool { name == "int8" }
}
