/// Whiskers on one axis: places along it in percent, places down it in pixels.
struct IntervalChart {
  private static let top = 20.0
  private static let rowHeight = 46.0
  private let section: IntervalSection
  private let axis: ValueAxis

  init(_ section: IntervalSection) {
    self.section = section
    var values: [Double] = [0]
    for row in section.rows { values += [row.lower, row.value, row.upper] }
    if let limit = section.limit { values.append(section.isLowerBetter ? limit : -limit) }
    let least = values.min() ?? 0, most = values.max() ?? 0
    let room = max(most - least, 1e-9) * 0.04
    axis = ValueAxis(.linear, from: least - room, to: most + room)
  }

  private var bottom: Double { Self.top + Self.rowHeight * Double(section.rows.count) }

  var view: [String: Any] {
    [
      "chartID": section.id,
      "chartTitle": section.title,
      "chartText": words,
      "height": ChartText.decimal(bottom + 44, digits: 0),
      "plotTop": ChartText.decimal(Self.top, digits: 0),
      "plotHeight": ChartText.decimal(bottom - Self.top, digits: 0),
      "plotBottom": ChartText.decimal(bottom, digits: 0),
      "labelY": ChartText.decimal(bottom + 18, digits: 0),
      "nameY": ChartText.decimal(bottom + 37, digits: 0),
      "unit": section.unit,
      "ticks": axis.ticks(about: 6).map { value -> [String: Any] in
        let place = axis.position(value)
        return [
          "x": ChartText.percent(place), "label": NumberFormat.tick(value),
          "anchor": place < 0.03 ? "start" : place > 0.97 ? "end" : "middle",
        ]
      },
      "zero": ChartText.percent(axis.position(0)),
      "limit": limitView as Any? ?? false,
      "rows": section.rows.enumerated().map(row),
    ]
  }

  private var limitView: [String: Any]? {
    guard let limit = section.limit else { return nil }
    let place = axis.position(section.isLowerBetter ? limit : -limit)
    let isRight = section.isLowerBetter
    return [
      "x": ChartText.percent(place),
      "from": ChartText.percent(isRight ? place : 0), "width": ChartText.percent(isRight ? 1 - place : place),
      "labelX": ChartText.percent(place), "anchor": place < 0.5 ? "start" : "end",
      "shift": place < 0.5 ? "5" : "-5",
    ]
  }

  private func row(_ index: Int, _ row: IntervalSection.Row) -> [String: Any] {
    let y = Self.top + Self.rowHeight * (Double(index) + 0.5) + 9
    let from = axis.position(row.lower), to = axis.position(row.upper)
    return [
      "style": row.isChief ? "chief" : "quiet",
      "y": ChartText.decimal(y, digits: 1), "capTop": ChartText.decimal(y - 5, digits: 1),
      "capBottom": ChartText.decimal(y + 5, digits: 1), "textY": ChartText.decimal(y - 13, digits: 1),
      "x1": ChartText.percent(from), "x2": ChartText.percent(to), "x": ChartText.percent(axis.position(row.value)),
      "name": row.name, "words": row.words,
    ]
  }

  /// What the chart shows, for those who cannot see it.
  private var words: String {
    let parts = section.rows.map { "\($0.name): \($0.words)" }
    return section.unit + ". " + parts.joined(separator: "; ") + "."
  }
}
