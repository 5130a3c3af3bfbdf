extension HistogramBars {
  /// The magnitude below which the share `q` of the drawn values lies, interpolated within a bar; nil without values.
  func magnitude(atShare q: Double) -> Double? {
    let total = counts.reduce(0.0) { $0 + Double($1) }
    guard total > 0 else { return nil }
    let spans = counts.indices.map { index -> (lower: Double, upper: Double, count: Double) in
      let ends = (edges[index].magnitude, edges[index + 1].magnitude)
      let holdsZero = edges[index] < 0 && edges[index + 1] > 0
      return (holdsZero ? 0 : min(ends.0, ends.1), max(ends.0, ends.1), Double(counts[index]))
    }.sorted { ($0.lower, $0.upper) < ($1.lower, $1.upper) }
    var below = 0.0
    for span in spans where span.count > 0 {
      if below + span.count >= q * total {
        return span.lower + (span.upper - span.lower) * max(0, (q * total - below) / span.count)
      }
      below += span.count
    }
    return spans.last?.upper
  }
}
