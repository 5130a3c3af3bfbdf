extension LineChart {
  private static let top = 12.0
  private static let height = 220.0
  private static let bottom = top + height
  /// How many colours there are; further series repeat them with another pattern of dashes.
  private static let colours = 6
  /// Series with more points show their line only.
  private static let mostDots = 120
  /// Longer tables are left to the JSON form.
  private static let mostRows = 100
  private static let mostColumns = 12

  /// What the template needs.
  var view: [String: Any] {
    guard let axes else {
      return ["drawn": false, "chartTitle": title]
    }
    return [
      "drawn": true,
      "chartID": id,
      "chartTitle": title,
      "chartText": words,
      "xTitle": x.title + (x.spacing == .logarithmic ? ", logarithmic" : ""),
      "yTitle": y.title + (y.spacing == .logarithmic ? ", logarithmic" : ""),
      "xTicks": axes.x.ticks(about: 8).map { value -> [String: Any] in
        let place = axes.x.position(value)
        return [
          "x": ChartText.percent(place), "label": NumberFormat.tick(value),
          "anchor": place < 0.02 ? "start" : place > 0.98 ? "end" : "middle",
        ]
      },
      "yTicks": axes.y.ticks(about: 6).map { value -> [String: Any] in
        let place = Self.place(value, axes.y)
        return [
          "y": ChartText.decimal(place, digits: 1), "textY": ChartText.decimal(place + 4, digits: 1),
          "label": NumberFormat.tick(value),
        ]
      },
      "levels": levels.filter { $0.y.isFinite }.map { level -> [String: Any] in
        let place = Self.place(level.y, axes.y)
        return [
          "y": ChartText.decimal(place, digits: 1), "textY": ChartText.decimal(place - 4, digits: 1),
          "label": "\(level.name) \(NumberFormat.number(level.y))",
        ]
      },
      "bands": series.indices.flatMap { bands($0, axes) },
      "lines": series.indices.filter { series[$0].isJoined }.map { index -> [String: Any] in
        ["style": Self.style(index), "path": path(series[index].points, axes)]
      },
      "dots": series.indices.flatMap { dots($0, axes) },
      "keys": series.indices.map { ["style": Self.style($0), "name": series[$0].name] },
      "figures": table as Any? ?? false,
    ]
  }

  /// The class that gives a series its colour and its dashes.
  private static func style(_ index: Int) -> String { "s\(index % colours) d\(index / colours % 3)" }

  private static func place(_ value: Double, _ axis: ValueAxis) -> Double { bottom - axis.position(value) * height }

  private var axes: (x: ValueAxis, y: ValueAxis)? {
    let points = series.flatMap(\.points).filter(isDrawn)
    guard !points.isEmpty else { return nil }
    func axis(_ axis: Axis, _ values: [Double]) -> ValueAxis {
      let usable = (values + axis.including).filter { $0.isFinite && (axis.spacing == .linear || $0 > 0) }
      return ValueAxis(axis.spacing, from: usable.min() ?? 1, to: usable.max() ?? 1)
    }
    let ends = points.flatMap { $0.interval.map { [$0.lowerBound, $0.upperBound] } ?? [] }
    let levels = levels.map(\.y)
    return (axis(x, points.map(\.x)), axis(y, points.map(\.y) + ends + levels))
  }

  /// A path in a field 1000 wide, interrupted where a point has no place.
  private func path(_ points: [Point], _ axes: (x: ValueAxis, y: ValueAxis)) -> String {
    var text = ""
    var isDown = false
    for point in points {
      guard isDrawn(point) else {
        isDown = false
        continue
      }
      text += (isDown ? "L" : "M") + place(point.x, point.y, axes)
      isDown = true
    }
    return text
  }

  private func place(_ x: Double, _ y: Double, _ axes: (x: ValueAxis, y: ValueAxis)) -> String {
    ChartText.decimal(axes.x.position(x) * 1000, digits: 1) + " "
      + ChartText.decimal((1 - axes.y.position(y)) * Self.height, digits: 1)
  }

  private func bands(_ index: Int, _ axes: (x: ValueAxis, y: ValueAxis)) -> [[String: Any]] {
    let points = series[index].points.filter { isDrawn($0) && $0.interval != nil }
    guard points.count > 1 else { return [] }
    let upper = points.map { place($0.x, $0.interval?.upperBound ?? $0.y, axes) }
    let lower = points.reversed().map { place($0.x, $0.interval?.lowerBound ?? $0.y, axes) }
    return [["style": Self.style(index), "path": "M" + (upper + lower).joined(separator: "L") + "z"]]
  }

  private func dots(_ index: Int, _ axes: (x: ValueAxis, y: ValueAxis)) -> [[String: Any]] {
    let series = series[index]
    guard !series.isJoined || series.points.count <= Self.mostDots else { return [] }
    return series.points.indices.filter { isDrawn(series.points[$0]) }.map { place in
      let point = series.points[place]
      let what = place < series.labels.count ? series.labels[place] : series.name
      return [
        "style": Self.style(index), "x": ChartText.percent(axes.x.position(point.x)),
        "y": ChartText.decimal(Self.place(point.y, axes.y), digits: 1),
        "label": "\(what): \(NumberFormat.number(point.x)), \(NumberFormat.number(point.y))",
      ]
    }
  }
}

extension LineChart {
  /// What the chart shows, for those who cannot see it.
  private var words: String {
    let parts = series.map { series -> String in
      let points = series.points.filter(isDrawn)
      guard let first = points.first, let last = points.last else { return "\(series.name): nothing to draw" }
      let values = points.map(\.y)
      let least = values.min() ?? first.y, most = values.max() ?? first.y
      return "\(series.name): from \(NumberFormat.number(first.y)) at \(NumberFormat.number(first.x)) to "
        + "\(NumberFormat.number(last.y)) at \(NumberFormat.number(last.x)), between \(NumberFormat.number(least)) and "
        + NumberFormat.number(most)
    }
    return "\(y.title) over \(x.title). " + parts.joined(separator: "; ") + "."
  }

  /// The figures, a row for each place on the x axis; nil where there are too many to read.
  private var table: [String: Any]? {
    let places = Set(series.flatMap { $0.points.map(\.x) }.filter(\.isFinite)).sorted()
    guard places.count <= Self.mostRows, series.count <= Self.mostColumns, series.allSatisfy(\.isJoined) else {
      return nil
    }
    let columns = series.map { series in
      Dictionary(series.points.filter { $0.x.isFinite }.map { ($0.x, $0.y) }) { first, _ in first }
    }
    return [
      "head": series.map(\.name),
      "xName": x.title,
      "rows": places.map { place -> [String: Any] in
        [
          "place": NumberFormat.tick(place),
          "values": columns.map { $0[place].map { NumberFormat.number($0) } ?? "–" },
        ]
      },
    ]
  }
}
