/// A histogram as small as a word, with a line at the threshold; for a table's cell.
struct Sparkline {
  let bars: HistogramBars
  let threshold: Double?

  /// The most bars drawn; neighbours are added up until they fit.
  private static let mostBars = 48

  var view: [String: Any] {
    let bars = coarse
    let axis = ValueAxis(bars.spacing, from: bars.edges[0], to: max(bars.edges.last ?? 1, finiteThreshold ?? 0))
    return [
      "path": HistogramPath(bars, axis: axis).text(width: 96, height: 20),
      "mark": finiteThreshold.map { ChartText.decimal(axis.position($0) * 96, digits: 1) } as Any? ?? false,
    ]
  }

  private var finiteThreshold: Double? { threshold.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } }

  private var coarse: HistogramBars {
    let group = (bars.counts.count + Self.mostBars - 1) / Self.mostBars
    guard group > 1 else { return bars }
    var edges = [bars.edges[0]]
    var counts: [UInt64] = []
    for start in stride(from: 0, to: bars.counts.count, by: group) {
      let end = min(start + group, bars.counts.count)
      counts.append(bars.counts[start..<end].reduce(0, &+))
      edges.append(bars.edges[end])
    }
    return HistogramBars(bars.spacing, edges: edges, counts: counts) ?? bars
  }
}
