/// The ranges of all tensors side by side in the network's order, on one logarithmic axis.
package struct RangeSection: ReportSection {
  /// One tensor. Magnitudes in its own unit; what is nil, zero or not finite is not drawn.
  package struct Row: Sendable, Equatable {
    package var name: String
    /// The part of the page that tells more.
    package var anchor: String
    /// The smallest magnitude besides zero, and the largest.
    package var smallest: Double?
    package var amax: Double?
    /// Where the middle 98 % of the non-zero magnitudes lie.
    package var bulk: ClosedRange<Double>?
    package var threshold: Double?
    /// The distance of two neighbouring codes.
    package var scale: Double?

    package init(
      name: String, anchor: String, smallest: Double?, amax: Double?, bulk: ClosedRange<Double>?, threshold: Double?,
      scale: Double?
    ) {
      self.name = name
      self.anchor = anchor
      self.smallest = smallest
      self.amax = amax
      self.bulk = bulk
      self.threshold = threshold
      self.scale = scale
    }
  }

  package static let kind = "ranges"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.ranges_mustache) }
  package let id = "ranges"
  package let title = "Ranges along the network"
  package var rows: [Row]

  package init(_ rows: [Row]) { self.rows = rows }

  package var json: [JSONValue.Member] {
    func json(_ value: Double?) -> JSONValue { value.map(JSONValue.double) ?? .null }
    let values = rows.map { row -> JSONValue in
      .object([
        ("name", .string(row.name)), ("smallest", json(row.smallest)), ("bulkLower", json(row.bulk?.lowerBound)),
        ("bulkUpper", json(row.bulk?.upperBound)), ("threshold", json(row.threshold)), ("amax", json(row.amax)),
        ("scale", json(row.scale)),
      ])
    }
    return [.init("rows", .array(values))]
  }

  package var view: [String: Any] { RangeChart(rows).view }

  package var markdown: String? { nil }
}
