/// A histogram with its count axis and the marks of a range.
///
/// The template sets places along the chart in percent and places up it in pixels, so that letters keep their size
/// whatever the width of the page.
struct HistogramChart {
  /// Names the chart in the page.
  let id: String
  let name: String
  let bars: HistogramBars
  /// The end of the chosen range, and the value of the largest magnitude seen; nil where there is none.
  let threshold: Double?
  let extreme: Double?
  /// Which share of the values the chosen range cuts off.
  let clippedShare: Double

  private var amax: Double? { extreme?.magnitude }

  private static let top = 48.0
  private static let height = 140.0

  var view: [String: Any] {
    let axis = valueAxis
    let path = HistogramPath(bars, axis: axis)
    let bottom = Self.top + Self.height
    return [
      "chartID": id,
      "chartName": name,
      "chartText": description,
      "path": path.text(width: 1000, height: Self.height),
      "xTicks": axis.ticks(about: 5).map { value -> [String: Any] in
        let x = axis.position(value)
        return [
          "x": ChartText.percent(x), "label": NumberFormat.tick(value),
          "anchor": x < 0.02 ? "start" : x > 0.98 ? "end" : "middle",
        ]
      },
      "yTicks": path.countAxis.ticks(about: 4).map { value -> [String: Any] in
        let y = bottom - path.countAxis.position(value) * Self.height
        return [
          "y": ChartText.decimal(y, digits: 1), "textY": ChartText.decimal(y + 4, digits: 1),
          "label": NumberFormat.tick(value),
        ]
      },
      "clips": clipped(axis),
      "marks": marks(axis),
      "xTitle": bars.isSigned ? "x, in the tensor's unit" : "|x|, in the tensor's unit",
      "xScale": bars.spacing == .logarithmic ? ", logarithmic" : "",
    ]
  }

  private var valueAxis: ValueAxis {
    let last = bars.edges.last ?? 1
    let reach =
      [threshold, bars.isSigned ? extreme : amax].compactMap { $0 }.filter { $0.isFinite && $0 > 0 }.max() ?? last
    let first = bars.edges[0]
    // A mark at the very edge would be half outside; a range below the first bar shall be seen too.
    let lower = bars.spacing == .logarithmic ? min(first, threshold.map { $0 > 0 ? $0 : first } ?? first) : first
    return ValueAxis(bars.spacing, from: lower, to: max(last, reach))
  }

  private func clipped(_ axis: ValueAxis) -> [[String: Any]] {
    guard let threshold, threshold.isFinite, clippedShare > 0 else { return [] }
    let right = axis.position(threshold)
    var areas = [["x": ChartText.percent(right), "width": ChartText.percent(1 - right)]]
    if bars.isSigned { areas.append(["x": "0%", "width": ChartText.percent(axis.position(-threshold))]) }
    return areas
  }

  private func marks(_ axis: ValueAxis) -> [[String: Any]] {
    var marks: [[String: Any]] = []
    func add(_ value: Double?, _ kind: String, _ label: String, row: Int, mirrored: Bool) {
      guard let value, value.isFinite, value != 0 else { return }
      let x = axis.position(value)
      let end = ChartText.anchor(x) == "end"
      marks.append([
        "x": ChartText.percent(x), "kind": kind, "label": "\(label) \(NumberFormat.number(value.magnitude))",
        "anchor": ChartText.anchor(x), "shift": end ? -5 : 5, "textY": 27 + 14 * row,
        "top": 18 + 14 * row, "bottom": Int(Self.top + Self.height),
      ])
      if mirrored && -value > axis.lower {
        marks.append([
          "x": ChartText.percent(axis.position(-value)), "kind": kind, "label": false, "anchor": "start", "shift": 0,
          "textY": 0, "top": Int(Self.top), "bottom": Int(Self.top + Self.height),
        ])
      }
    }
    // The larger one on top, so that no line crosses the other's label.
    let isBeyond = (threshold ?? 0) > (amax ?? 0)
    add(bars.isSigned ? extreme : amax, "amax", "largest |x|", row: isBeyond ? 1 : 0, mirrored: false)
    add(threshold, "threshold", "threshold", row: isBeyond ? 0 : 1, mirrored: bars.isSigned)
    return marks
  }

  /// What the chart shows, for those who cannot see it.
  private var description: String {
    var text = "Histogram of \(bars.isSigned ? "x" : "|x|") from \(NumberFormat.number(bars.edges[0])) to "
    text += "\(NumberFormat.number(bars.edges.last ?? 0)) in \(bars.counts.count) bars"
    if let peak = bars.counts.indices.max(by: { bars.counts[$0] < bars.counts[$1] }) {
      text += ", the highest near \(NumberFormat.number((bars.edges[peak] + bars.edges[peak + 1]) / 2))"
    }
    if let threshold { text += "; threshold \(NumberFormat.number(threshold))" }
    if let amax { text += ", largest magnitude \(NumberFormat.number(amax))" }
    return text + ", \(NumberFormat.share(clippedShare)) of the values clipped."
  }
}
