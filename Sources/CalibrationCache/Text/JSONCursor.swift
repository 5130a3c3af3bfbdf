/// A JSON value and its place in a file: reads what a format expects there, and says where it is not so.
package struct JSONCursor: Sendable {
  package let value: JSON
  private let place: String
  /// Such as `encodings[3].y_scale`.
  private let path: String

  package init(_ value: JSON, place: String, path: String = "") {
    self.value = value
    self.place = place
    self.path = path
  }

  /// The line of the file that the first member of the object stands on; 0 for other values.
  package var line: Int {
    guard case .object(let members) = value else { return 0 }
    return members.first?.line ?? 0
  }

  package func fault(_ expected: String) -> CacheError {
    .field(place: place, field: path.isEmpty ? "the file" : path, expected: expected, found: value.kind)
  }

  package func members() throws(CacheError) -> [JSONMember] {
    guard case .object(let members) = value else { throw fault("an object") }
    return members
  }

  package func elements() throws(CacheError) -> [JSONCursor] {
    guard case .array(let values) = value else { throw fault("a list") }
    return values.enumerated().map { JSONCursor($0.element, place: place, path: "\(path)[\($0.offset)]") }
  }

  package func number() throws(CacheError) -> Double {
    guard case .number(let text) = value, let number = DecimalNumber.value(of: Array(text.utf8)) else {
      throw fault("a number")
    }
    return number
  }

  package func integer() throws(CacheError) -> Int {
    guard let number = Int(exactly: try number()) else { throw fault("a whole number") }
    return number
  }

  package func string() throws(CacheError) -> String {
    guard case .string(let text) = value else { throw fault("text") }
    return text
  }

  /// Also as text, as some formats write it: `"True"`.
  package func bool() throws(CacheError) -> Bool {
    switch value {
    case .bool(let flag): return flag
    case .string(let text) where text.lowercased() == "true": return true
    case .string(let text) where text.lowercased() == "false": return false
    default: throw fault("true or false")
    }
  }

  /// The value itself where it is no list, else its elements, of any depth.
  package func numbers() throws(CacheError) -> [Double] {
    guard case .array = value else { return [try number()] }
    var numbers: [Double] = []
    for element in try elements() { numbers += try element.numbers() }
    return numbers
  }

  /// The member called `name`; nil where there is none.
  package func optional(_ name: String) throws(CacheError) -> JSONCursor? {
    try members().last { $0.name == name }.map { child($0) }
  }

  package subscript(_ name: String) -> JSONCursor {
    get throws(CacheError) {
      guard let member = try optional(name) else { throw fault("a member '\(name)'") }
      return member
    }
  }

  /// The cursor for one of the value's own members.
  package func child(_ member: JSONMember) -> JSONCursor {
    JSONCursor(member.value, place: place, path: path.isEmpty ? member.name : "\(path).\(member.name)")
  }
}
