/// A JSON value whose members keep their order and whose numbers keep their text.
package indirect enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  /// As written, such as `1e-05`; also `NaN`, `Infinity` and `-Infinity`, which Python writes.
  case number(String)
  case string(String)
  case array([JSON])
  case object([JSONMember])

  /// A number as Python prints it: with the fewest digits that read back as the same binary64 number.
  package static func number(_ value: Double) -> JSON {
    .number(
      value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : DecimalNumber(value).python)
  }

  /// What a message calls this kind of value.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let text): text
    case .string(let text): "'\(text)'"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension JSON: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral members: (String, JSON)...) {
    self = .object(members.map { JSONMember($0.0, $0.1) })
  }
}

/// A member of a JSON object.
package struct JSONMember: Sendable, Hashable {
  package let name: String
  package let value: JSON
  /// The line of the file that the name stands on; 0 where the value was not read from one. Not compared.
  package let line: Int

  package init(_ name: String, _ value: JSON, line: Int = 0) {
    self.name = name
    self.value = value
    self.line = line
  }

  package static func == (left: JSONMember, right: JSONMember) -> Bool {
    left.name == right.name && left.value == right.value
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(value)
  }
}

/// Where and why a text is no JSON.
package struct JSONFault: Error, Equatable {
  package let line: Int
  package let expected: String
  package let found: String
}
