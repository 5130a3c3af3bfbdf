/// A line that holds a name, a separator and a magnitude in decimal.
struct MagnitudeLine {
  let name: String
  let magnitude: Double

  /// Splits at the last separator; nil where there is none, or what follows is no number.
  init?(_ text: String, separator: Unicode.Scalar) {
    let bytes = text.utf8
    guard let split = bytes.lastIndex(of: UInt8(ascii: separator)), split > bytes.startIndex else { return nil }
    let field = bytes[bytes.index(after: split)...].filter { $0 != 0x20 && $0 != 0x09 }
    guard let number = DecimalNumber.value(of: field) else { return nil }
    name = String(text[..<split])
    magnitude = number
  }

  /// Reads a text of such lines. A negative magnitude loses its sign, and is listed.
  static func document(
    _ bytes: [UInt8], separator: Unicode.Scalar, place: String, expected: String
  ) throws(CacheError) -> CacheDocument {
    var document = CacheDocument()
    var lines = TextLines(bytes, place: place)
    var names = FirstLines()
    while let line = try lines.next() {
      if bytes.isEmpty { break }
      if line.isBlank {
        lines.note(line, .blankLine)
        continue
      }
      guard let found = MagnitudeLine(line.text, separator: separator) else {
        throw .line(place: place, line: line.number, expected: expected, found: line.text)
      }
      if found.magnitude < 0 { lines.note(line, .negativeMagnitude(found.name)) }
      if let first = names.earlier(found.name, line: line.number) {
        lines.note(line, .duplicateName(found.name, firstLine: first))
      }
      document.entries.append(CacheEntry(name: found.name, range: CacheRange(amax: found.magnitude.magnitude)))
    }
    document.irregularities = lines.irregularities
    return document
  }
}

extension String {
  /// Whether a format of lines can hold the text as a name.
  var fitsInLine: Bool { !isEmpty && !utf8.contains { $0 == 10 || $0 == 13 } }
}
