/// Changes with their intervals, one below the other on one axis, beside the line of no change and a limit.
package struct IntervalSection: ReportSection {
  package struct Row: Sendable, Equatable {
    package var name: String
    package var value: Double
    package var lower: Double
    package var upper: Double
    /// Whether the verdict goes by it; others are drawn more quietly.
    package var isChief: Bool
    /// The figures as they are read.
    package var words: String

    package init(name: String, value: Double, lower: Double, upper: Double, isChief: Bool, words: String) {
      self.name = name
      self.value = value
      self.lower = lower
      self.upper = upper
      self.isChief = isChief
      self.words = words
    }
  }

  package static let kind = "intervals"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.intervals_mustache) }
  package let id: String
  package let title: String
  /// What the axis counts.
  package let unit: String
  package let isLowerBetter: Bool
  /// The greatest loss that passes, not negative; nil for none.
  package let limit: Double?
  /// Finite numbers.
  package let rows: [Row]

  package init(id: String, title: String, unit: String, isLowerBetter: Bool, limit: Double?, rows: [Row]) {
    self.id = id
    self.title = title
    self.unit = unit
    self.isLowerBetter = isLowerBetter
    self.limit = limit
    self.rows = rows
  }

  package var json: [JSONValue.Member] {
    let values = rows.map { row -> JSONValue in
      .object([
        ("name", .string(row.name)), ("value", .double(row.value)), ("lower", .double(row.lower)),
        ("upper", .double(row.upper)), ("isChief", .bool(row.isChief)),
      ])
    }
    return [
      .init("unit", .string(unit)), .init("isLowerBetter", .bool(isLowerBetter)),
      .init("limit", limit.map(JSONValue.double) ?? .null), .init("rows", .array(values)),
    ]
  }

  package var view: [String: Any] { IntervalChart(self).view }

  package var markdown: String? { nil }
}
