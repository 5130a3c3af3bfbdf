import Foundation

/// One upright bar for each tensor: the span of its magnitudes, its bulk, the threshold and the scale.
struct RangeChart {
  let rows: [RangeSection.Row]
  private static let top = 8.0
  private static let height = 250.0

  init(_ rows: [RangeSection.Row]) { self.rows = rows }

  var view: [String: Any] {
    guard let axis else { return ["drawn": false] }
    let slot = 1 / Double(rows.count)
    let every = [1, 2, 5, 10, 20, 50, 100, 200, 500].first { rows.count / $0 <= 12 } ?? 1000
    let labels = stride(from: every, through: rows.count, by: every).map { number -> [String: Any] in
      ["x": ChartText.percent((Double(number) - 0.5) * slot), "label": "\(number)"]
    }
    return [
      "drawn": true,
      "text": "From tensor 1 to tensor \(rows.count): \(spread).",
      "plotBottom": Int(Self.top + Self.height),
      "yTicks": axis.ticks(about: 8).map { value -> [String: Any] in
        let y = place(value, axis)
        return [
          "y": ChartText.decimal(y, digits: 1), "textY": ChartText.decimal(y + 4, digits: 1),
          "label": NumberFormat.tick(value),
        ]
      },
      "xTicks": labels,
      "rows": rows.indices.map { bar($0, slot: slot, axis) },
    ]
  }

  private func bar(_ index: Int, slot: Double, _ axis: ValueAxis) -> [String: Any] {
    let row = rows[index]
    let left = Double(index) * slot
    return [
      "anchor": row.anchor,
      "label": label(index),
      "slotX": ChartText.percent(left),
      "slotWidth": ChartText.percent(slot),
      "x": ChartText.percent(left + slot * 0.15),
      "width": ChartText.percent(slot * 0.7),
      "middle": ChartText.percent(left + slot * 0.5),
      "span": span(row.smallest ?? row.bulk?.lowerBound, row.amax, axis),
      "bulk": span(row.bulk?.lowerBound, row.bulk?.upperBound, axis),
      "threshold": mark(row.threshold, axis),
      "step": mark(row.scale, axis),
    ]
  }

  private func span(_ lower: Double?, _ upper: Double?, _ axis: ValueAxis) -> Any {
    guard let lower, let upper, upper > 0, upper.isFinite else { return false }
    let ends = (place(upper, axis), place(lower, axis))
    return [
      "y": ChartText.decimal(ends.0, digits: 1), "end": ChartText.decimal(ends.1, digits: 1),
      "height": ChartText.decimal(max(ends.1 - ends.0, 1), digits: 1),
    ]
  }

  private func mark(_ value: Double?, _ axis: ValueAxis) -> Any {
    guard let value, value > 0, value.isFinite else { return false }
    return ["at": ChartText.decimal(place(value, axis), digits: 1)]
  }

  private func place(_ value: Double, _ axis: ValueAxis) -> Double {
    Self.top + (1 - axis.position(value)) * Self.height
  }

  /// From a decade below the smallest scale, so that stray tiny values do not squeeze the rest, to the largest magnitude.
  private var axis: ValueAxis? {
    func drawn(_ values: [Double?]) -> [Double] { values.compactMap { $0 }.filter { $0 > 0 && $0.isFinite } }
    let tops = drawn(rows.map(\.amax) + rows.map(\.threshold))
    guard let upper = tops.max() else { return nil }
    let steps = drawn(rows.map(\.scale))
    let lower = (steps.min() ?? drawn(rows.map { $0.bulk?.lowerBound }).min() ?? upper / 1e3) / 3
    // A mask at 1e38 must leave the others visible; 12 decades are as many as can be told apart.
    return ValueAxis(
      .logarithmic, from: pow(10, log10(max(lower, upper * 1e-12)).rounded(.down)),
      to: pow(10, (log10(upper) + 0.02).rounded(.up)))
  }

  private func label(_ index: Int) -> String {
    let row = rows[index]
    var text = "\(index + 1) \(row.name)"
    if let threshold = row.threshold { text += ", threshold \(NumberFormat.number(threshold))" }
    if let amax = row.amax { text += ", largest |x| \(NumberFormat.number(amax))" }
    return text
  }

  private var spread: String {
    let thresholds = rows.compactMap(\.threshold).filter { $0 > 0 && $0.isFinite }
    guard let least = thresholds.min(), let most = thresholds.max() else { return "no thresholds" }
    return "thresholds from \(NumberFormat.number(least)) to \(NumberFormat.number(most))"
  }
}
