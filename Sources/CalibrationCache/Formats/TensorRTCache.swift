/// The text that TensorRT's calibrators write and builders up to 10.16 read.
///
/// A header line, then a line `<tensor>: <scale>` for each tensor; every line ends with LF. The scale is `amax / 127` as
/// the bits of its binary32 number in hexadecimal as `printf("%x")` gives them: lower case, not padded, 0 as `0`. Names
/// may hold `": "` themselves, so that the last one in the line ends the name.
///
/// Read besides, and listed as irregularities: CRLF line ends, blank lines, a missing last newline, a byte order mark,
/// and numbers in upper case, padded or with `0x`. Written is always the regular form.
package enum TensorRTCache: CacheFormat {
  package static let name = "tensorrt"
  package static let summary = "TensorRT calibration cache, for builders up to 10.16"

  private static let newline = UInt8(ascii: "\n")
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  package static func recognizes(_ bytes: [UInt8]) -> Bool {
    let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    var line = bytes[start...].prefix(200).prefix { $0 != newline }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return String(validating: line, as: UTF8.self).flatMap(TensorRTHeader.init) != nil
  }

  package static func read(_ bytes: [UInt8], place: String) throws(CacheError) -> CacheDocument {
    var document = CacheDocument()
    var rest = bytes[...]
    if rest.starts(with: byteOrderMark) {
      rest = rest.dropFirst(byteOrderMark.count)
      document.irregularities.append(CacheIrregularity(line: 1, .byteOrderMark))
    }
    var firstLines: [String: Int] = [:]
    var number = 0
    while !rest.isEmpty || number == 0 {
      number += 1
      var line = rest.prefix { $0 != newline }
      if line.endIndex == rest.endIndex {
        document.irregularities.append(CacheIrregularity(line: number, .noFinalNewline))
      }
      rest = rest[min(line.endIndex + 1, rest.endIndex)...]
      if line.last == UInt8(ascii: "\r") {
        line.removeLast()
        document.irregularities.append(CacheIrregularity(line: number, .carriageReturn))
      }
      guard let text = String(validating: line, as: UTF8.self) else { throw .notUTF8(place: place, line: number) }
      if number == 1 {
        document.header = try header(text, place: place, &document)
      } else if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) {
        document.irregularities.append(CacheIrregularity(line: number, .blankLine))
      } else {
        let entry = try entry(text, place: place, line: number, &document)
        if let first = firstLines[entry.name] {
          document.irregularities.append(
            CacheIrregularity(line: number, .duplicateName(entry.name, firstLine: first)))
        } else {
          firstLines[entry.name] = number
        }
        document.entries.append(entry)
      }
    }
    return document
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    guard let header = document.header else { throw .headerMissing(format: name) }
    var bytes = Array(header.text.utf8)
    bytes.append(newline)
    for entry in document.entries {
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
    _ text: String, place: String, _ document: inout CacheDocument
  ) throws(CacheError) -> TensorRTHeader {
    guard let header = TensorRTHeader(text) else { throw .header(place: place, found: text) }
    if case .versioned(nil, _) = header.meaning {
      document.irregularities.append(CacheIrregularity(line: 1, .unreadableVersion(text)))
    }
    return header
  }

  private static func entry(
    _ text: String, place: String, line: Int, _ document: inout CacheDocument
  ) throws(CacheError) -> CacheEntry {
    let bytes = Array(text.utf8)
    let separator = bytes.indices.dropLast().last {
      bytes[$0] == UInt8(ascii: ":") && bytes[$0 + 1] == UInt8(ascii: " ")
    }
    guard let separator, separator > 0 else { throw .entry(place: place, line: line, found: text) }
    let field = bytes[(separator + 2)...]
    var digits = field.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    if digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8) { digits.removeFirst(2) }
    // `UInt32(_:radix:)` takes a sign, which no number here has.
    guard digits.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) ?? false, digits.count <= 8,
      let bits = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw .entry(place: place, line: line, found: text) }
    if !field.elementsEqual(String(bits, radix: 16).utf8) {
      document.irregularities.append(
        CacheIrregularity(line: line, .unusualNumber(String(decoding: field, as: UTF8.self))))
    }
    return CacheEntry(name: String(decoding: bytes[..<separator], as: UTF8.self), scaleBits: bits)
  }
}
