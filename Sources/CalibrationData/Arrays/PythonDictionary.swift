/// The dictionary of strings, truth values and tuples of integers that a `.npy` header holds as Python text.
///
/// Values of other kinds, such as the list of a structured type, are passed over.
struct PythonDictionary {
  private(set) var strings: [String: String] = [:]
  private(set) var truths: [String: Bool] = [:]
  private(set) var tuples: [String: [Int]] = [:]

  init(_ text: [UInt8], place: String) throws(DataError) {
    var scanner = Scanner(text: text)
    let found = String(decoding: text.prefix(40), as: UTF8.self).filter { !$0.isNewline }
    let failure = DataError(
      place, .malformed(format: ".npy", expected: "a header {'descr': …, 'shape': …}", found: "\"\(found)\""))
    guard scanner.take("{") else { throw failure }
    while !scanner.take("}") {
      guard let key = scanner.string(), scanner.take(":") else { throw failure }
      if let value = scanner.string() {
        strings[key] = value
      } else if let value = scanner.truth() {
        truths[key] = value
      } else if let value = scanner.tuple() {
        tuples[key] = value
      } else if !scanner.skipList() {
        throw failure
      }
      if !scanner.take(",") {
        guard scanner.take("}") else { throw failure }
        break
      }
    }
  }

  private struct Scanner {
    let text: [UInt8]
    var at = 0

    private mutating func skipBlanks() {
      while at < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[at]) { at += 1 }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      skipBlanks()
      guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
      at += 1
      return true
    }

    mutating func string() -> String? {
      skipBlanks()
      guard at < text.count, text[at] == UInt8(ascii: "'") || text[at] == UInt8(ascii: "\"") else { return nil }
      guard let end = text[(at + 1)...].firstIndex(of: text[at]) else { return nil }
      defer { at = end + 1 }
      return String(decoding: text[(at + 1)..<end], as: UTF8.self)
    }

    mutating func truth() -> Bool? {
      skipBlanks()
      for (word, value) in [("True", true), ("False", false)] where text[at...].starts(with: word.utf8) {
        at += word.utf8.count
        return value
      }
      return nil
    }

    mutating func tuple() -> [Int]? {
      let start = at
      guard take("(") else { return nil }
      var values: [Int] = []
      while !take(")") {
        guard let value = integer() else {
          at = start
          return nil
        }
        values.append(value)
        if !take(",") {
          guard take(")") else {
            at = start
            return nil
          }
          break
        }
      }
      return values
    }

    private mutating func integer() -> Int? {
      skipBlanks()
      let digits = text[at...].prefix { (0x30...0x39).contains($0) }
      at = digits.endIndex
      // Python 2 wrote long integers as 3L.
      if at < text.count && text[at] == UInt8(ascii: "L") { at += 1 }
      return Int(String(decoding: digits, as: UTF8.self))
    }

    mutating func skipList() -> Bool {
      guard take("[") else { return false }
      var depth = 1
      while depth > 0 {
        guard at < text.count else { return false }
        if text[at] == UInt8(ascii: "[") { depth += 1 }
        if text[at] == UInt8(ascii: "]") { depth -= 1 }
        at += 1
      }
      return true
    }
  }
}
