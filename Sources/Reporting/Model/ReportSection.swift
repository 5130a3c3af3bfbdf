/// A part of a report.
///
/// A kind of section is one file in `Sections`, one template, one definition in the schema and one entry in
/// ``sectionKinds``.
package protocol ReportSection: Sendable {
  /// The name of the kind in the JSON form.
  static var kind: String { get }
  /// What the kind looks like on the page.
  static var template: PageTemplate { get }
  /// The name of this section, unique in the document; letters, digits and hyphens.
  var id: String { get }
  /// The heading on the page; an empty one leaves the heading away.
  var title: String { get }
  /// The members of the JSON form besides `kind`, `id` and `title`.
  var json: [JSONValue.Member] { get }
  /// What the template needs. Every name in the template must be there, `false` where there is nothing to show.
  var view: [String: Any] { get }
  /// The section's lines below its heading, or nil where Markdown leaves it out.
  var markdown: String? { get }
  /// What a summary on a terminal takes from the section, the most important first.
  var terminal: [TerminalLine] { get }
}

extension ReportSection {
  package var terminal: [TerminalLine] { [] }
}

/// Every kind of section.
package let sectionKinds: [any ReportSection.Type] = [
  KeyNumbersSection.self,
  IntervalSection.self,
  FindingsSection.self,
  RangeSection.self,
  LineChartSection.self,
  TableSection.self,
  DistributionSection.self,
  Binary16Section.self,
  GallerySection.self,
]
