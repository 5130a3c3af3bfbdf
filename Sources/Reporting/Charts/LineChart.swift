/// Several series of points over one axis, joined by lines.
///
/// The template sets places along the chart in percent and places up it in pixels, so that letters keep their size
/// whatever the width of the page. Below the picture the figures stand in a folded table.
package struct LineChart: Sendable, Equatable {
  /// A point of a series. Where `y` is not finite, or `x` or `y` is not above zero on a logarithmic axis, the line is
  /// interrupted.
  package struct Point: Sendable, Equatable {
    package var x: Double
    package var y: Double
    /// An interval around `y`, drawn as a band; nil for none.
    package var interval: ClosedRange<Double>?

    package init(_ x: Double, _ y: Double, interval: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      self.interval = interval
    }
  }

  package struct Series: Sendable, Equatable {
    package var name: String
    /// By ascending `x`.
    package var points: [Point]
    /// Whether the points are joined; a cloud of single points else.
    package var isJoined: Bool
    /// What the reader sees when pointing at a point, one for each; or empty.
    package var labels: [String]

    package init(_ name: String, _ points: [Point], isJoined: Bool = true, labels: [String] = []) {
      self.name = name
      self.points = points
      self.isJoined = isJoined
      self.labels = labels
    }
  }

  package struct Axis: Sendable, Equatable {
    /// What is drawn and in which unit, such as `samples` or `SQNR in dB`.
    package var title: String
    package var spacing: HistogramBars.Spacing
    /// Values that the axis holds whatever is drawn, such as 0 or a limit.
    package var including: [Double]

    package init(_ title: String, _ spacing: HistogramBars.Spacing = .linear, including: [Double] = []) {
      self.title = title
      self.spacing = spacing
      self.including = including
    }
  }

  /// A level across the chart, such as a limit.
  package struct Level: Sendable, Equatable {
    package var name: String
    package var y: Double

    package init(_ name: String, _ y: Double) {
      self.name = name
      self.y = y
    }
  }

  /// Names the chart in the page: letters, digits and hyphens, unique in the document.
  package var id: String
  package var title: String
  package var x: Axis
  package var y: Axis
  package var series: [Series]
  package var levels: [Level]

  package init(
    id: String, title: String, x: Axis, y: Axis, series: [Series], levels: [Level] = []
  ) {
    self.id = id
    self.title = title
    self.x = x
    self.y = y
    self.series = series
    self.levels = levels
  }

  /// Whether the point has a place on both axes.
  func isDrawn(_ point: Point) -> Bool {
    point.x.isFinite && point.y.isFinite && (x.spacing == .linear || point.x > 0)
      && (y.spacing == .linear || point.y > 0)
  }

  var json: JSONValue {
    .object([
      ("id", .string(id)), ("title", .string(title)),
      ("x", .object([("title", .string(x.title)), ("spacing", .string(x.spacing.rawValue))])),
      ("y", .object([("title", .string(y.title)), ("spacing", .string(y.spacing.rawValue))])),
      (
        "series",
        .array(
          series.map { series in
            let hasIntervals = series.points.contains { $0.interval != nil }
            func ends(_ end: (ClosedRange<Double>) -> Double) -> JSONValue {
              .array(series.points.map { $0.interval.map { .double(end($0)) } ?? .null })
            }
            var members: [(String, JSONValue)] = [
              ("name", .string(series.name)), ("x", .array(series.points.map { .double($0.x) })),
              ("y", .array(series.points.map { .double($0.y) })),
            ]
            if hasIntervals { members += [("lower", ends(\.lowerBound)), ("upper", ends(\.upperBound))] }
            if !series.labels.isEmpty { members.append(("labels", .strings(series.labels))) }
            return .object(members)
          })
      ),
      ("levels", .array(levels.map { .object([("name", .string($0.name)), ("y", .double($0.y))]) })),
    ])
  }
}
