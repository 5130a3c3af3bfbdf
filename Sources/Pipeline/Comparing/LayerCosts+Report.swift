import Evaluation
import Reporting

extension ComparisonOutcome {
  func layerSections(_ costs: LayerCosts) -> [any ReportSection] {
    func points(_ error: (LayerCosts.Layer) -> SignalError) -> [LineChart.Point] {
      costs.layers.enumerated().map { LineChart.Point(Double($0 + 1), error($1).decibels) }
    }
    let names = costs.layers.map(\.node)
    let chart = LineChart(
      id: "layer-errors", title: "SQNR along the network in INT8",
      x: .init("layer, in the order of the network"), y: .init("SQNR in dB"),
      series: [
        .init("local: the layer alone in INT8", points(\.local), labels: names),
        .init("with what it inherits", points(\.total), labels: names),
        .init("at the outputs, the layer alone in INT8", points(\.atOutput), labels: names),
      ])
    let cures = Dictionary(costs.cures.map { ($0.node, $0) }) { first, _ in first }
    let order = costs.layers.indices.sorted {
      (-costs.layers[$0].atOutput.noise, $0) < (-costs.layers[$1].atOutput.noise, $1)
    }
    func cell(_ error: SignalError?) -> TableCell {
      error.map { $0.decibels.isFinite ? .number(Float($0.decibels)) : .missing } ?? .missing
    }
    let table = TableSection(
      id: "layers", title: "What each layer costs in INT8",
      columns: [
        TableColumn("node", "Layer", isNumeric: false), TableColumn("op", "Operator", isNumeric: false),
        TableColumn("atOutput", "At the outputs (dB)", explanation: "SQNR with only this layer in INT8"),
        TableColumn("local", "Local (dB)", explanation: "SQNR of its own output, only this layer in INT8"),
        TableColumn("total", "Inherited too (dB)", explanation: "SQNR of its own output, the whole network in INT8"),
        TableColumn("without", "Kept in FP16 (dB)", explanation: "SQNR of the outputs, this layer out of INT8"),
        TableColumn("withoutFlips", "Flips then"), TableColumn("withoutDelta", "Change then"),
      ],
      rows: order.map { index in
        let layer = costs.layers[index]
        let cure = cures[layer.node]
        return [
          .text(layer.node), .text(layer.opType), cell(layer.atOutput), cell(layer.local), cell(layer.total),
          cell(cure?.error), cure.map { .count(UInt64($0.flips)) } ?? .missing,
          cure.map { $0.delta.isFinite ? .share($0.delta) : .missing } ?? .missing,
        ]
      })
    let note =
      "Single layers on the first \(costs.sampleCount) samples; what is left when one is kept in FP16 on all of them."
    return [LineChartSection(id: "layer-charts", title: "Layer errors", note: note, charts: [chart]), table]
  }

  var sweepSections: [any ReportSection] {
    let methods = sweep.reduce(into: [String]()) { if !$0.contains($1.method) { $0.append($1.method) } }
    let chart = LineChart(
      id: "sweep-sqnr", title: "INT8 by number of calibration samples", x: .init("samples", .logarithmic),
      y: .init("SQNR in dB"),
      series: methods.map { method in
        .init(method, sweep.filter { $0.method == method }.map { .init(Double($0.samples), $0.error.decibels) })
      })
    let label = columns[0].metrics.first?.label ?? "Metric"
    let table = TableSection(
      id: "sweep", title: "Methods and numbers of calibration samples",
      columns: [
        TableColumn("method", "Method", isNumeric: false), TableColumn("samples", "Samples"),
        TableColumn("metric", label), TableColumn("delta", "Change"), TableColumn("flips", "Flips"),
        TableColumn("sqnr", "SQNR (dB)"),
      ],
      rows: sweep.map { point in
        [
          .text(point.method), .count(UInt64(point.samples)), point.value.isFinite ? .share(point.value) : .missing,
          point.delta.isFinite ? .share(point.delta) : .missing, .count(UInt64(point.flips)),
          point.error.decibels.isFinite ? .number(Float(point.error.decibels)) : .missing,
        ]
      })
    return [LineChartSection(id: "sweep-chart", title: "Sweep", charts: [chart]), table]
  }
}
