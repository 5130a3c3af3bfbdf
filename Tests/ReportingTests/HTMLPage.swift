import Testing

/// A page taken apart, as far as the tests need: its tags, whose nesting is checked on the way.
struct HTMLPage {
  struct Tag {
    var name: String
    var attributes: [String: String]
  }

  struct Malformed: Error, CustomStringConvertible {
    var description: String
  }

  /// The opening tags in the order of the page.
  private(set) var tags: [Tag] = []
  private static let empty: Set<String> = ["meta", "br", "img", "input"]

  init(_ page: String) throws {
    var open: [String] = []
    var rest = Substring(page)
    guard rest.hasPrefix("<!DOCTYPE html>\n") else { throw Malformed(description: "no document type") }
    rest = rest.dropFirst(15)
    while let start = rest.unicodeScalars.firstIndex(of: "<") {
      rest = rest[start...].dropFirst()
      guard let end = rest.unicodeScalars.firstIndex(of: ">") else { throw Malformed(description: "unclosed tag") }
      var text = String(rest[..<end])
      rest = rest[end...].dropFirst()
      if text.hasPrefix("/") {
        guard open.popLast() == String(text.dropFirst()) else {
          throw Malformed(description: "<\(text)> closes nothing")
        }
        continue
      }
      let isClosed = text.hasSuffix("/")
      if isClosed { text.removeLast() }
      let tag = try Self.tag(text)
      tags.append(tag)
      if isClosed || Self.empty.contains(tag.name) { continue }
      open.append(tag.name)
      if tag.name == "style" || tag.name == "script" {
        guard let close = rest.range(of: "</\(tag.name)>") else { throw Malformed(description: "unclosed \(tag.name)") }
        rest = rest[close.lowerBound...]
      }
    }
    guard open.isEmpty else { throw Malformed(description: "left open: \(open)") }
  }

  /// `name attribute="value" …`
  private static func tag(_ text: String) throws -> Tag {
    let name = text.prefix { !$0.isWhitespace }
    guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber }) else {
      throw Malformed(description: "<\(text)> is no tag")
    }
    var attributes: [String: String] = [:]
    var rest = text.dropFirst(name.count)
    while true {
      rest = rest.drop { $0.isWhitespace }
      guard !rest.isEmpty else { return Tag(name: String(name), attributes: attributes) }
      let key = String(rest.prefix { $0 != "=" && !$0.isWhitespace })
      rest = rest.dropFirst(key.count)
      var value = ""
      if rest.hasPrefix("=\"") {
        rest = rest.dropFirst(2)
        guard let quote = rest.unicodeScalars.firstIndex(of: "\"") else { throw Malformed(description: "<\(text)>") }
        value = String(rest[..<quote])
        rest = rest[quote...].dropFirst()
      }
      guard !key.isEmpty, attributes.updateValue(value, forKey: key) == nil else {
        throw Malformed(description: "<\(text)> has an attribute twice")
      }
    }
  }
}

extension Substring {
  fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
