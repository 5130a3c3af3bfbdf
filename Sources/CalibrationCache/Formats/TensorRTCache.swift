/// The text that TensorRT's calibrators write and builders up to 10.16 read.
///
/// A header line, then a line `<tensor>: <scale>` for each tensor; every line ends with LF. The scale is `amax / 127`
/// as the bits of its binary32 number in hexadecimal as `printf("%x")` gives them: lower case, not padded, 0 as `0`.
/// Names may hold `": "` themselves, so that the last one in the line ends the name.
///
/// Read besides, and listed as irregularities: CRLF line ends, blank lines, a missing last newline, a byte order mark,
/// and numbers in upper case, padded or with `0x`. Written is always the regular form.
package enum TensorRTCache: CacheFormat {
  package static let name = "tensorrt"
  package static let summary = "TensorRT calibration cache, for builders up to 10.16"

  package static let content: CacheFormatContent = [.header]

  private static let newline = UInt8(ascii: "\n")

  package static func recognizes(_ file: CacheFile) -> Bool {
    // The first line, however far it is from being one.
    var lines = TextLines(Array(file.bytes.prefix(200)), place: "")
    return (try? lines.next()).flatMap { $0.flatMap { TensorRTHeader($0.text) } } != nil
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    var document = CacheDocument()
    var lines = TextLines(file.bytes, place: place)
    var names = FirstLines()
    while let line = try lines.next() {
      if line.number == 1 {
        document.header = try header(line, place: place, &lines)
      } else if line.isBlank {
        lines.note(line, .blankLine)
      } else {
        let entry = try entry(line, place: place, &lines)
        if let first = names.earlier(entry.name, line: line.number) {
          lines.note(line, .duplicateName(entry.name, firstLine: first))
        }
        document.entries.append(entry)
      }
    }
    document.irregularities = lines.irregularities
    return document
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    guard let header = document.header else { throw .headerMissing(format: name) }
    var bytes = Array(header.text.utf8)
    bytes.append(newline)
    for entry in document.entries where entry.role == .activation {
      guard !entry.name.isEmpty, !entry.name.utf8.contains(where: { $0 == 10 || $0 == 13 }) else {
        throw .unwritableName(entry.name, format: name)
      }
      bytes.append(contentsOf: entry.name.utf8)
      bytes.append(contentsOf: ": ".utf8)
      bytes.append(contentsOf: String(entry.scaleBits, radix: 16).utf8)
      bytes.append(newline)
    }
    return bytes
  }

  private static func header(
    _ line: TextLines.Line, place: String, _ lines: inout TextLines
  ) throws(CacheError) -> TensorRTHeader {
    guard let header = TensorRTHeader(line.text) else { throw .header(place: place, found: line.text) }
    if case .versioned(nil, _) = header.meaning { lines.note(line, .unreadableVersion(line.text)) }
    return header
  }

  private static func entry(
    _ line: TextLines.Line, place: String, _ lines: inout TextLines
  ) throws(CacheError) -> CacheEntry {
    let bytes = Array(line.text.utf8)
    let separator = bytes.indices.dropLast().last {
      bytes[$0] == UInt8(ascii: ":") && bytes[$0 + 1] == UInt8(ascii: " ")
    }
    guard let separator, separator > 0 else { throw .entry(place: place, line: line.number, found: line.text) }
    let field = bytes[(separator + 2)...]
    var digits = field.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    if digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8) { digits.removeFirst(2) }
    // `UInt32(_:radix:)` takes a sign, which no number here has.
    guard digits.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) ?? false, digits.count <= 8,
      let bits = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw .entry(place: place, line: line.number, found: line.text) }
    if !field.elementsEqual(String(bits, radix: 16).utf8) {
      lines.note(line, .unusualNumber(String(decoding: field, as: UTF8.self)))
    }
    return CacheEntry(name: String(decoding: bytes[..<separator], as: UTF8.self), scaleBits: bits)
  }
}
