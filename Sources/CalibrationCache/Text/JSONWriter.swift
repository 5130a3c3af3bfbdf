extension JSON {
  /// How a text is laid out; both as Python's `json` module does it, which writes most of the formats here.
  package enum Layout: Sendable {
    /// On one line.
    case oneLine
    /// Each member and element on a line of its own, indented by four spaces a level.
    case indented
  }

  /// The value as ASCII text, without a newline at the end.
  package func text(_ layout: Layout) -> [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes, layout, level: 0)
    return bytes
  }

  private func write(to bytes: inout [UInt8], _ layout: Layout, level: Int) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .number(let text): bytes += text.utf8
    case .string(let text): Self.write(text, to: &bytes)
    case .array(let values):
      Self.write(values, "[", "]", to: &bytes, layout, level) { value, bytes in
        value.write(to: &bytes, layout, level: level + 1)
      }
    case .object(let members):
      Self.write(members, "{", "}", to: &bytes, layout, level) { member, bytes in
        Self.write(member.name, to: &bytes)
        bytes += ": ".utf8
        member.value.write(to: &bytes, layout, level: level + 1)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], _ open: Unicode.Scalar, _ close: Unicode.Scalar, to bytes: inout [UInt8], _ layout: Layout,
    _ level: Int, each: (Element, inout [UInt8]) -> Void
  ) {
    func breakLine(_ level: Int) {
      bytes.append(UInt8(ascii: "\n"))
      bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * level))
    }
    bytes.append(UInt8(ascii: open))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes += (layout == .oneLine ? ", " : ",").utf8 }
      if layout == .indented { breakLine(level + 1) }
      each(element, &bytes)
    }
    if layout == .indented, !elements.isEmpty { breakLine(level) }
    bytes.append(UInt8(ascii: close))
  }

  private static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for unit in text.utf16 {
      switch unit {
      case 0x22: bytes += "\\\"".utf8
      case 0x5c: bytes += "\\\\".utf8
      case 0x0a: bytes += "\\n".utf8
      case 0x0d: bytes += "\\r".utf8
      case 0x09: bytes += "\\t".utf8
      case 0x08: bytes += "\\b".utf8
      case 0x0c: bytes += "\\f".utf8
      case 0x20...0x7e: bytes.append(UInt8(unit))
      default:
        bytes += "\\u".utf8
        for shift in [12, 8, 4, 0] { bytes += String((unit >> UInt16(shift)) & 15, radix: 16).utf8 }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
