import Foundation

/// One upright bar for each layer, from its smallest to its largest magnitude, against the limits of a 16-bit format.
struct Binary16Chart {
  private let section: Binary16Section
  private let axis: ValueAxis
  private static let top = 8.0
  private static let height = 250.0

  init(_ section: Binary16Section) {
    self.section = section
    let drawn = section.rows.filter { $0.amax > 0 && $0.amax.isFinite }
    // Formats of a wide range leave most of the axis empty: the values decide, the limits are drawn where they fall.
    let isNarrow = section.largest < 1e6
    let upper = max(drawn.map(\.amax).max() ?? 1, isNarrow ? section.largest : 0) * 4
    let values = drawn.map(\.usual).filter { $0 > 0 }.min() ?? 1
    let lower = isNarrow ? section.vanishing / 4 : max(values * 1e-6, section.vanishing)
    axis = ValueAxis(.logarithmic, from: max(lower, upper * 1e-30), to: upper)
  }

  var view: [String: Any] {
    guard !section.rows.isEmpty else { return ["drawn": false] }
    let slot = 1 / Double(section.rows.count)
    let every = [1, 2, 5, 10, 20, 50, 100, 200, 500].first { section.rows.count / $0 <= 12 } ?? 1000
    return [
      "drawn": true, "format": section.format, "text": text, "plotBottom": Int(Self.top + Self.height),
      "yTicks": axis.ticks(about: 8).map { value -> [String: Any] in
        let y = place(value)
        return [
          "y": ChartText.decimal(y, digits: 1), "textY": ChartText.decimal(y + 4, digits: 1),
          "label": NumberFormat.tick(value),
        ]
      },
      "xTicks": stride(from: every, through: section.rows.count, by: every).map { number -> [String: Any] in
        ["x": ChartText.percent((Double(number) - 0.5) * slot), "label": "\(number)"]
      },
      "limits": limits, "beyond": band(from: section.largest, to: axis.upper),
      "below": band(from: axis.lower, to: section.vanishing), "rows": section.rows.indices.map { bar($0, slot) },
    ]
  }

  private var limits: [[String: Any]] {
    [("largest", section.largest), ("smallest normal", section.smallestNormal), ("zero below", section.vanishing)]
      .filter { $0.1 > axis.lower && $0.1 < axis.upper }
      .map { name, value in
        let y = place(value)
        return [
          "name": name, "at": ChartText.decimal(y, digits: 1), "textY": ChartText.decimal(y - 4, digits: 1),
        ]
      }
  }

  private func band(from lower: Double, to upper: Double) -> Any {
    guard upper > lower else { return false }
    let y = place(upper)
    return ["y": ChartText.decimal(y, digits: 1), "height": ChartText.decimal(max(place(lower) - y, 0), digits: 1)]
  }

  private func bar(_ index: Int, _ slot: Double) -> [String: Any] {
    let row = section.rows[index], left = Double(index) * slot
    let isDrawn = row.amax > 0 && row.amax.isFinite
    let label =
      "\(index + 1) \(row.name): \(NumberFormat.number(row.smallest)) to \(NumberFormat.number(row.amax)), 99.99 % below "
      + NumberFormat.number(row.usual)
    let smallest = row.smallest > 0 ? row.smallest : row.usual
    let y = place(row.amax), end = place(smallest), usual = place(row.usual)
    return [
      "label": label, "slotX": ChartText.percent(left), "slotWidth": ChartText.percent(slot),
      "x": ChartText.percent(left + slot * 0.15), "width": ChartText.percent(slot * 0.7),
      "middle": ChartText.percent(left + slot * 0.5), "style": row.amax > section.largest ? "over" : "within",
      "span": isDrawn
        ? ["y": ChartText.decimal(y, digits: 1), "end": ChartText.decimal(end, digits: 1)] as [String: Any] as Any
        : false,
      "bulk": isDrawn && row.usual > 0
        ? [
          "y": ChartText.decimal(usual, digits: 1), "height": ChartText.decimal(max(end - usual, 1), digits: 1),
        ] as [String: Any] as Any : false,
    ]
  }

  private func place(_ value: Double) -> Double { Self.top + (1 - axis.position(value)) * Self.height }

  private var text: String {
    let over = section.rows.count { $0.amax > section.largest }
    let top = section.rows.max { $0.amax < $1.amax }
    let most = top.map { "the largest magnitude is \(NumberFormat.number($0.amax)) at \($0.name)" } ?? "no values"
    return "\(NumberFormat.counted(over, "layer")) past \(section.format)'s largest number; \(most)."
  }
}
