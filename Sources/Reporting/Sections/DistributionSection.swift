/// One folded part for each tensor: its histogram with the chosen range, and every figure about it.
package struct DistributionSection: ReportSection {
  package struct Item: Sendable, Equatable {
    package var name: String
    /// What the part is called in the page.
    package var anchor: String
    /// A few words beside the name while the part is folded; may be empty.
    package var note: String
    package var bars: HistogramBars?
    package var threshold: Double?
    /// The value of the largest magnitude, with its sign.
    package var extreme: Double?
    package var clippedShare: Double
    package var facts: [Fact]

    package init(
      name: String, anchor: String, note: String, bars: HistogramBars?, threshold: Double?, extreme: Double?,
      clippedShare: Double, facts: [Fact]
    ) {
      self.name = name
      self.anchor = anchor
      self.note = note
      self.bars = bars
      self.threshold = threshold
      self.extreme = extreme
      self.clippedShare = clippedShare
      self.facts = facts
    }
  }

  package static let kind = "distributions"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.distributions_mustache) }
  package let id = "distributions"
  package let title = "Distributions"
  package var items: [Item]

  package init(_ items: [Item]) { self.items = items }

  /// The facts stand in the table of tensors already.
  package var json: [JSONValue.Member] {
    let values = items.map { item -> JSONValue in
      .object([("name", .string(item.name)), ("histogram", item.bars?.json ?? .null)])
    }
    return [.init("items", .array(values))]
  }

  package var view: [String: Any] {
    let views = items.enumerated().map { index, item -> [String: Any] in
      let chart = item.bars.map { bars in
        HistogramChart(
          id: item.anchor, name: item.name, bars: bars, threshold: item.threshold, extreme: item.extreme,
          clippedShare: item.clippedShare
        ).view
      }
      return [
        "number": index + 1, "name": item.name, "anchor": item.anchor, "note": item.note, "isOpen": index == 0,
        "chart": chart as Any? ?? false,
        "itemFacts": item.facts.map { ["label": $0.label, "value": $0.value, "isCode": $0.isCode] },
      ]
    }
    return ["items": views]
  }

  package var markdown: String? { nil }
}
