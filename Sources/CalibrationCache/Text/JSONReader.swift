extension JSON {
  /// Reads a whole text in UTF-8. `NaN`, `Infinity` and `-Infinity` are numbers, as in Python.
  package init(parsing bytes: [UInt8]) throws(JSONFault) {
    var reader = JSONReader(bytes)
    self = try reader.document()
  }
}

/// Reads JSON, one byte after another.
private struct JSONReader {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var depth = 0

  /// Deeper than any cache, and shallow enough for every stack.
  private static let depthLimit = 64

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
  }

  mutating func document() throws(JSONFault) -> JSON {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw fault("the end of the file") }
    return value
  }

  private func fault(_ expected: String) -> JSONFault {
    let rest = bytes[min(position, bytes.count)...].prefix(24).prefix { $0 != 10 && $0 != 13 }
    return JSONFault(
      line: line, expected: expected, found: position < bytes.count ? String(decoding: rest, as: UTF8.self) : "the end")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
      if byte == 0x0a { line += 1 }
      position += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let letters = Array("\(word)".utf8)
    guard bytes[position...].starts(with: letters) else { return false }
    position += letters.count
    return true
  }

  private mutating func value() throws(JSONFault) -> JSON {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return .object(try nested { reader throws(JSONFault) in try reader.members() })
    case UInt8(ascii: "["): return .array(try nested { reader throws(JSONFault) in try reader.elements() })
    case UInt8(ascii: "\""): return .string(try string())
    default: break
    }
    if take("true") { return .bool(true) }
    if take("false") { return .bool(false) }
    if take("null") { return .null }
    for word in ["NaN", "Infinity", "-Infinity"] as [StaticString] where take(word) { return .number("\(word)") }
    return .number(try number())
  }

  private mutating func nested<Value>(
    _ body: (inout JSONReader) throws(JSONFault) -> Value
  ) throws(JSONFault) -> Value {
    depth += 1
    guard depth <= Self.depthLimit else { throw fault("at most \(Self.depthLimit) levels of brackets") }
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func members() throws(JSONFault) -> [JSONMember] {
    var members: [JSONMember] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return members }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("a name in quotation marks") }
      let line = line
      let name = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw fault("':'") }
      members.append(JSONMember(name, try value(), line: line))
      skipSpace()
      if take(UInt8(ascii: "}")) { return members }
      guard take(UInt8(ascii: ",")) else { throw fault("',' or '}'") }
    }
  }

  private mutating func elements() throws(JSONFault) -> [JSON] {
    var elements: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value())
      skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw fault("',' or ']'") }
    }
  }

  private mutating func number() throws(JSONFault) -> String {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let rest = bytes[position...]
    let text = rest.prefix { digits.contains($0) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains($0) }
    guard text.first.map({ digits.contains($0) || $0 == UInt8(ascii: "-") }) ?? false,
      DecimalNumber.value(of: text) != nil
    else { throw fault("a value") }
    position += text.count
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func string() throws(JSONFault) -> String {
    position += 1
    var content: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("text without control characters") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        content.append(contentsOf: String(try escaped()).utf8)
      } else {
        content.append(byte)
      }
    }
    guard take(UInt8(ascii: "\"")) else { throw fault("a closing quotation mark") }
    guard let text = String(validating: content, as: UTF8.self) else { throw fault("text in UTF-8") }
    return text
  }

  private mutating func escaped() throws(JSONFault) -> Unicode.Scalar {
    guard let letter = next else { throw fault("an escaped character") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try codeUnit()
      if (0xd800...0xdbff).contains(code), take("\\u") {
        let low = try codeUnit()
        guard (0xdc00...0xdfff).contains(low) else { throw fault("the second half of a surrogate pair") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw fault("a character, not half of a surrogate pair") }
      return scalar
    default: throw fault("an escaped character")
    }
  }

  private mutating func codeUnit() throws(JSONFault) -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, !digits.contains(0x2b), !digits.contains(0x2d),
      let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("four hexadecimal digits") }
    position += 4
    return code
  }
}
