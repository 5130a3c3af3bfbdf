/// A value in a ``TableSection``.
package enum TableCell: Sendable, Equatable {
  case text(String)
  case texts([String])
  /// A name that heads its row, with a line of small print and the part of the page that tells more.
  case name(String, note: String, anchor: String?)
  /// A row's place in the order, from 1.
  case index(Int)
  case count(UInt64)
  case number(Float)
  /// A number that a float32 would cut off, such as a mean over many samples.
  case real(Double)
  /// A share of 1.
  case share(Double)
  /// A change of a share of 1, shown in percentage points with its sign.
  case points(Double)
  /// A change of a number, shown with its sign.
  case change(Double)
  case flag(Bool)
  case sparkline(HistogramBars, threshold: Double?)
  case missing

  /// Nil for what the JSON form does not hold in its tables.
  var json: JSONValue? {
    switch self {
    case .text(let text), .name(let text, _, _): .string(text)
    case .texts(let texts): .strings(texts)
    case .index(let value): .integer(value)
    case .count(let value): .count(value)
    case .number(let value): .float(value)
    case .real(let value), .share(let value), .points(let value), .change(let value): .double(value)
    case .flag(let value): .bool(value)
    case .sparkline: nil
    case .missing: .null
    }
  }

  /// What readers see; empty for charts.
  private var shown: String {
    switch self {
    case .text(let text), .name(let text, _, _): text
    case .texts(let texts): texts.joined(separator: "; ")
    case .index(let value): "\(value)"
    case .count(let value): NumberFormat.count(value)
    case .number(let value): NumberFormat.number(value)
    case .real(let value): NumberFormat.number(value)
    case .share(let value): NumberFormat.share(value)
    case .points(let value): NumberFormat.points(value)
    case .change(let value): NumberFormat.signed(value)
    case .flag(let value): value ? "yes" : "no"
    case .sparkline: ""
    case .missing: "–"
    }
  }

  /// What rows are sorted by, where that is not the text itself.
  private var sortKey: String? {
    switch self {
    case .count(let value): "\(value)"
    case .number(let value): value.isNaN ? nil : "\(value)"
    case .real(let value), .share(let value), .points(let value), .change(let value): value.isNaN ? nil : "\(value)"
    default: nil
    }
  }

  var markdown: String {
    if case .name(let name, _, _) = self { return PlainText.markdownCode(name, inTable: true) }
    return PlainText.markdown(shown)
  }

  func view(in column: TableColumn) -> [String: Any] {
    var view: [String: Any] = [
      "label": column.label, "style": column.style, "text": shown, "sort": sortKey as Any? ?? false, "spark": false,
      "head": false,
    ]
    switch self {
    case .name(let name, let note, let anchor):
      view["head"] = [
        "name": name, "note": note.isEmpty ? false : note as Any, "anchor": anchor as Any? ?? false,
      ]
    case .sparkline(let bars, let threshold): view["spark"] = Sparkline(bars: bars, threshold: threshold).view
    default: break
    }
    return view
  }
}
