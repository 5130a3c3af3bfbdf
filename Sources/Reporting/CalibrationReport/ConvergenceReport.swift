/// How the scales came to rest as samples were added.
package struct ConvergenceReport: Sendable {
  package struct Tensor: Sendable {
    package var name: String
    /// For each prefix; nil where there was no range yet.
    package var scales: [Double?]
    package var final: Double
    /// The scales that other draws of the samples give.
    package var interval: ClosedRange<Double>?
    /// The number of samples from which on the scale stays within 1 % of the final one.
    package var settledAt: Int?
    package var isUnsettled: Bool

    package init(
      name: String, scales: [Double?], final: Double, interval: ClosedRange<Double>?, settledAt: Int?, isUnsettled: Bool
    ) {
      self.name = name
      self.scales = scales
      self.final = final
      self.interval = interval
      self.settledAt = settledAt
      self.isUnsettled = isUnsettled
    }
  }

  /// What a method comes to from the first so many samples: signal-to-noise ratios of INT8 in decibels, measured on all.
  package struct Method: Sendable {
    package var method: String
    package var samples: Int
    /// The mean and the least of all tensors.
    package var mean: Double
    package var least: Double

    package init(method: String, samples: Int, mean: Double, least: Double) {
      self.method = method
      self.samples = samples
      self.mean = mean
      self.least = least
    }
  }

  /// For how many samples the scales were worked out, ascending; the last is all.
  package var prefixes: [Int]
  /// How often the samples were drawn anew; 0 for not at all.
  package var resamples: Int
  /// The number of samples from which on 99 % of the tensors are within 1 % of their final scale.
  package var sufficientPrefix: Int?
  package var tensors: [Tensor]
  /// Empty unless every method was looked at.
  package var methods: [Method]

  package init(
    prefixes: [Int], resamples: Int, sufficientPrefix: Int?, tensors: [Tensor], methods: [Method] = []
  ) {
    self.methods = methods
    self.prefixes = prefixes
    self.resamples = resamples
    self.sufficientPrefix = sufficientPrefix
    self.tensors = tensors
  }

  /// How many tensors' curves are drawn: those that moved most.
  private static let mostCurves = 6

  func sections(anchors: [String: String]) -> [any ReportSection] {
    [
      LineChartSection(id: "convergence", title: "Are these samples enough?", note: note, charts: [shares, curves]),
      table(anchors),
    ] + (methods.isEmpty ? [] : [methodChart, methodTable])
  }

  private var methodNames: [String] {
    methods.reduce(into: []) { names, entry in if !names.contains(entry.method) { names.append(entry.method) } }
  }

  private var methodChart: LineChartSection {
    LineChartSection(
      id: "methods", title: "Which method, from how many samples?",
      note: "The mean over the tensors of the INT8 signal-to-noise ratio, measured on all samples; higher is better.",
      charts: [
        LineChart(
          id: "methods-chart", title: "Methods", x: .init("samples", .logarithmic), y: .init("mean SQNR in dB"),
          series: methodNames.map { name in
            .init(name, methods.filter { $0.method == name }.map { .init(Double($0.samples), $0.mean) })
          })
      ])
  }

  private var methodTable: TableSection {
    TableSection(
      id: "methods-table", title: "Methods and samples",
      columns: [
        TableColumn("method", "Method", isNumeric: false), TableColumn("samples", "Samples"),
        TableColumn("meanSQNR", "Mean SQNR, dB"), TableColumn("leastSQNR", "Least SQNR, dB"),
      ],
      rows: methods.map {
        [
          .text($0.method), .count(UInt64($0.samples)), .number(Float($0.mean)), .number(Float($0.least)),
        ]
      })
  }

  private var note: String {
    let all = NumberFormat.count(prefixes.last ?? 0)
    var text =
      sufficientPrefix.map { prefix in
        prefix == prefixes.last
          ? "Only with all \(all) samples are 99 % of the tensors within 1 % of their final scale"
          : "\(NumberFormat.count(prefix)) of the \(all) samples bring 99 % of the tensors within 1 % of their final scale"
      } ?? "No tensor has a range"
    let unsettled = tensors.count(where: \.isUnsettled)
    text +=
      unsettled == 0
      ? "; every tensor has settled."
      : "; \(NumberFormat.counted(unsettled, "tensor")) "
        + "still moved by more than 5 % in the second half."
    return text
  }

  private var shares: LineChart {
    func series(_ name: String, _ tolerance: Double) -> LineChart.Series {
      .init(
        name,
        prefixes.indices.map { index in
          let near = tensors.count { tensor in
            guard index < tensor.scales.count, let scale = tensor.scales[index] else { return false }
            return abs(scale / tensor.final - 1) <= tolerance
          }
          return .init(Double(prefixes[index]), 100 * Double(near) / Double(max(tensors.count, 1)))
        })
    }
    return LineChart(
      id: "convergence-shares", title: "Tensors near their final scale", x: .init("samples", .logarithmic),
      y: .init("% of the tensors", including: [0, 100]),
      series: [series("within 1 %", 0.01), series("within 5 %", 0.05)],
      levels: [.init("enough: %", 99)])
  }

  private var restless: [Tensor] {
    tensors.enumerated().sorted { a, b in
      (-a.element.unrest, a.offset) < (-b.element.unrest, b.offset)
    }.prefix(Self.mostCurves).map(\.element)
  }

  private var curves: LineChart {
    LineChart(
      id: "convergence-curves", title: "The tensors that moved most", x: .init("samples", .logarithmic),
      y: .init("scale, in % of the final one", including: [90, 110]),
      series: restless.map { tensor in
        .init(
          tensor.name,
          zip(prefixes, tensor.scales).map { prefix, scale in
            let isLast = prefix == prefixes.last
            let ends = isLast ? tensor.interval : nil
            return .init(
              Double(prefix), scale.map { 100 * $0 / tensor.final } ?? .nan,
              interval: ends.map { 100 * $0.lowerBound / tensor.final...100 * $0.upperBound / tensor.final })
          })
      })
  }

  private func drawn(_ end: String) -> String {
    resamples > 0 ? "The \(end) scale of \(resamples) draws of the samples" : "Worked out with --evidence full"
  }

  private func table(_ anchors: [String: String]) -> TableSection {
    let halves = prefixes.indices.last { 2 * prefixes[$0] <= (prefixes.last ?? 0) }
    return TableSection(
      id: "evidence", title: "How sure is each scale?",
      columns: [
        TableColumn("name", "Tensor", isNumeric: false),
        TableColumn("scale", "Scale"),
        TableColumn("lower", "Least", explanation: drawn("least")),
        TableColumn("upper", "Greatest", explanation: drawn("greatest")),
        TableColumn("width", "Width", explanation: "Greatest less least, as a share of the scale"),
        TableColumn("settledAt", "Settled at", explanation: "Samples from which on it is within 1 %"),
        TableColumn("earlier", "Before", explanation: "The scale with at most half of the samples", .wide),
        TableColumn("isUnsettled", "Unsettled", isNumeric: false),
      ],
      rows: (tensors.filter(\.isUnsettled) + tensors.filter { !$0.isUnsettled }).map { tensor in
        func number(_ value: Double?) -> TableCell { value.map { .number(Float($0)) } ?? .missing }
        let ends = tensor.interval
        return [
          .name(tensor.name, note: "", anchor: anchors[tensor.name]), .number(Float(tensor.final)),
          number(ends?.lowerBound), number(ends?.upperBound),
          ends.map { .share(($0.upperBound - $0.lowerBound) / tensor.final) } ?? .missing,
          tensor.settledAt.map { .count(UInt64($0)) } ?? .missing,
          number(halves.flatMap { $0 < tensor.scales.count ? tensor.scales[$0] : nil }), .flag(tensor.isUnsettled),
        ]
      })
  }
}

extension ConvergenceReport.Tensor {
  /// How far the scale was from the final one, added up over the prefixes.
  fileprivate var unrest: Double {
    scales.map { $0.map { min(abs($0 / final - 1), 10) } ?? 1 }.reduce(0, +)
  }
}
