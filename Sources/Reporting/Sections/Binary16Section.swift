/// Where each layer's values lie between the limits of a 16-bit format, in the network's order.
package struct Binary16Section: ReportSection {
  /// One layer. Magnitudes; what is zero or not finite is not drawn.
  package struct Row: Sendable, Equatable {
    package var name: String
    package var smallest: Double
    /// Below which 99.99 % of the magnitudes besides zero lie.
    package var usual: Double
    package var amax: Double

    package init(name: String, smallest: Double, usual: Double, amax: Double) {
      self.name = name
      self.smallest = smallest
      self.usual = usual
      self.amax = amax
    }
  }

  package static let kind = "binary16"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.binary16_mustache) }
  package let id = "binary16"
  package let title = "Values within the format"
  /// How readers call it: `FP16`.
  package let format: String
  package let largest: Double
  package let smallestNormal: Double
  /// Magnitudes up to this become zero.
  package let vanishing: Double
  package let rows: [Row]

  package init(format: String, largest: Double, smallestNormal: Double, vanishing: Double, rows: [Row]) {
    self.format = format
    self.largest = largest
    self.smallestNormal = smallestNormal
    self.vanishing = vanishing
    self.rows = rows
  }

  package var json: [JSONValue.Member] {
    let values = rows.map { row -> JSONValue in
      .object([
        ("name", .string(row.name)), ("smallest", .double(row.smallest)), ("p9999", .double(row.usual)),
        ("amax", .double(row.amax)),
      ])
    }
    return [
      .init("format", .string(format)), .init("largest", .double(largest)),
      .init("smallestNormal", .double(smallestNormal)), .init("vanishing", .double(vanishing)),
      .init("rows", .array(values)),
    ]
  }

  package var view: [String: Any] { Binary16Chart(self).view }

  package var markdown: String? {
    let over = rows.filter { $0.amax > largest }
    guard let top = rows.max(by: { $0.amax < $1.amax }) else { return nil }
    let limit = NumberFormat.number(largest)
    let most =
      "Largest magnitude \(NumberFormat.number(top.amax)) at \(PlainText.markdownCode(top.name)); \(format) ends at \(limit)."
    return over.isEmpty ? most : "\(NumberFormat.counted(over.count, "layer")) past the end of \(format). " + most
  }
}
