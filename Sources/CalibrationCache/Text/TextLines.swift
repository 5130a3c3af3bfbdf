/// The lines of a text, read one after another, with what is odd about their ends.
package struct TextLines {
  package struct Line {
    /// Counted from 1.
    package let number: Int
    package let text: String
    /// Whether it holds nothing but spaces and tabulators.
    package var isBlank: Bool { text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
  }

  private let place: String
  private var rest: ArraySlice<UInt8>
  private var number = 0
  package private(set) var irregularities: [CacheIrregularity] = []

  package init(_ bytes: [UInt8], place: String) {
    self.place = place
    rest = bytes[...]
    if rest.starts(with: [0xef, 0xbb, 0xbf]) {
      rest = rest.dropFirst(3)
      irregularities.append(CacheIrregularity(line: 1, .byteOrderMark))
    }
  }

  /// Adds something odd about a line, in the order of the file.
  package mutating func note(_ line: Line, _ kind: CacheIrregularity.Kind) {
    irregularities.append(CacheIrregularity(line: line.number, kind))
  }

  /// The next line without its end; nil after the last. An empty text has one empty line.
  package mutating func next() throws(CacheError) -> Line? {
    guard !rest.isEmpty || number == 0 else { return nil }
    number += 1
    var line = rest.prefix { $0 != 0x0a }
    if line.endIndex == rest.endIndex { irregularities.append(CacheIrregularity(line: number, .noFinalNewline)) }
    rest = rest[min(line.endIndex + 1, rest.endIndex)...]
    if line.last == 0x0d {
      line.removeLast()
      irregularities.append(CacheIrregularity(line: number, .carriageReturn))
    }
    guard let text = String(validating: line, as: UTF8.self) else { throw .notUTF8(place: place, line: number) }
    return Line(number: number, text: text)
  }

  /// The first lines that are not blank, up to `count`: what recognizers look at. Empty where the bytes are no text.
  package static func start(of bytes: [UInt8], _ count: Int = 4) -> [String] {
    // A last line that is cut off is not looked at.
    let cut =
      bytes.count > 65_536
      ? bytes.prefix(65_536).prefix(through: bytes.prefix(65_536).lastIndex(of: 0x0a) ?? 0) : bytes[...]
    var lines = TextLines(Array(cut), place: "")
    var found: [String] = []
    while found.count < count {
      guard let line = try? lines.next() else { break }
      if !line.isBlank { found.append(line.text) }
    }
    return found
  }
}

/// The first line on which each name stands, to find those that recur.
struct FirstLines {
  private var lines: [String: Int] = [:]

  /// The line of an earlier use of `name`; nil for the first use, which is noted.
  mutating func earlier(_ name: String, line: Int) -> Int? {
    if let first = lines[name] { return first }
    lines[name] = line
    return nil
  }
}
