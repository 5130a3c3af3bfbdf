/// A column of a ``TableSection``.
package struct TableColumn: Sendable, Equatable {
  package enum Visibility: Sendable {
    /// On the page, in Markdown and in the JSON form.
    case everywhere
    /// On the page where it is wide, and in the JSON form.
    case wide
    /// On the page where it is wide, and nowhere else.
    case page
    /// In the JSON form only.
    case data
  }

  /// The name in the JSON form.
  package var key: String
  package var label: String
  /// What the figures mean, shown when the reader points at the heading; may be empty.
  package var explanation: String
  /// Whether it holds numbers: set flush right and sorted by value.
  package var isNumeric: Bool
  package var visibility: Visibility

  package init(
    _ key: String, _ label: String, explanation: String = "", isNumeric: Bool = true,
    _ visibility: Visibility = .everywhere
  ) {
    self.key = key
    self.label = label
    self.explanation = explanation
    self.isNumeric = isNumeric
    self.visibility = visibility
  }

  var style: String { (isNumeric ? "n" : "t") + (visibility == .everywhere ? "" : " w") }

  var view: [String: Any] {
    [
      "label": label, "style": style, "isNumeric": isNumeric, "isSortable": visibility != .page,
      "explanation": explanation.isEmpty ? false : explanation as Any,
    ]
  }
}
