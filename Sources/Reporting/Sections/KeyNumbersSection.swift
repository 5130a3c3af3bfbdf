/// The few figures that belong into the first screen.
package struct KeyNumbersSection: ReportSection {
  package struct Number: Sendable, Equatable {
    /// The name in the JSON form.
    package var key: String
    package var label: String
    /// As it is read, with its unit.
    package var value: String
    /// A few words on where the figure comes from; may be empty.
    package var note: String

    package init(_ key: String, _ label: String, _ value: String, note: String = "") {
      self.key = key
      self.label = label
      self.value = value
      self.note = note
    }
  }

  package static let kind = "keyNumbers"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.key_numbers_mustache) }
  package let id = "key-numbers"
  package let title = ""
  package var numbers: [Number]

  package init(_ numbers: [Number]) { self.numbers = numbers }

  package var json: [JSONValue.Member] {
    let values = numbers.map { number -> JSONValue in
      .object([
        ("key", .string(number.key)), ("label", .string(number.label)), ("value", .string(number.value)),
        ("note", .string(number.note)),
      ])
    }
    return [.init("numbers", .array(values))]
  }

  package var view: [String: Any] {
    ["numbers": numbers.map { ["label": $0.label, "value": $0.value, "note": $0.note] }]
  }

  package var markdown: String? {
    numbers.map { number in
      let note = number.note.isEmpty ? "" : " (\(PlainText.markdown(number.note)))"
      return "- \(PlainText.markdown(number.label)): **\(PlainText.markdown(number.value))**\(note)"
    }.joined(separator: "\n")
  }

  package var terminal: [TerminalLine] {
    numbers.map { TerminalLine($0.label.lowercased(), $0.value + ($0.note.isEmpty ? "" : ", \($0.note)")) }
  }
}
