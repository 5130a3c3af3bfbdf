/// Reads records of a comma- or tab-separated text (RFC 4180): fields may be quoted, quotes inside them doubled, and
/// lines end in LF, CRLF or CR. A byte order mark is skipped, blank lines too.
struct CSVReader {
  /// A record and the line on which it begins, from 1.
  struct Record: Equatable {
    var line: Int
    var fields: [String]
  }

  private let text: [UInt8]
  private let separator: UInt8
  private let place: String
  private var at = 0
  private var line = 1

  init(_ text: [UInt8], separator: Unicode.Scalar, place: String) {
    self.text = text
    self.separator = UInt8(ascii: separator)
    self.place = place
    at = text.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
  }

  /// The next record, or nil at the end.
  mutating func next() throws(DataError) -> Record? {
    while at < text.count, let byte = peek, byte == 0x0a || byte == 0x0d { endLine() }
    guard at < text.count else { return nil }
    var record = Record(line: line, fields: [])
    while true {
      record.fields.append(try field())
      guard let byte = peek else { return record }
      if byte == separator {
        at += 1
      } else {
        endLine()
        return record
      }
    }
  }

  private var peek: UInt8? { at < text.count ? text[at] : nil }

  private mutating func endLine() {
    if peek == 0x0d {
      at += 1
      if peek == 0x0a { at += 1 }
    } else {
      at += 1
    }
    line += 1
  }

  private mutating func field() throws(DataError) -> String {
    if peek == UInt8(ascii: "\"") { return try quotedField() }
    let start = at
    while let byte = peek, byte != separator && byte != 0x0a && byte != 0x0d { at += 1 }
    return try string(Array(text[start..<at]), line: line)
  }

  private mutating func quotedField() throws(DataError) -> String {
    let first = line
    var bytes: [UInt8] = []
    at += 1
    while let byte = peek {
      at += 1
      if byte == UInt8(ascii: "\"") {
        guard peek == UInt8(ascii: "\"") else {
          if let after = peek, after != separator && after != 0x0a && after != 0x0d {
            throw DataError(
              place, .line(line, expected: "a separator after the closing quote", found: "another character"))
          }
          return try string(bytes, line: first)
        }
        at += 1
      } else if byte == 0x0a {
        line += 1
      }
      bytes.append(byte)
    }
    throw DataError(place, .line(first, expected: "a closing quote", found: "the end of the file"))
  }

  private func string(_ bytes: [UInt8], line: Int) throws(DataError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw DataError(place, .line(line, expected: "UTF-8 text", found: "other bytes"))
    }
    return text
  }
}
