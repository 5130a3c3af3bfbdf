/// Texts from outside, such as tensor names, made harmless for where they are shown. The JSON form keeps them as they are.
package enum PlainText {
  /// For HTML, in an element or in a quoted attribute.
  ///
  /// Works on Unicode scalars: a quotation mark followed by a combining accent is one `Character`, which is not `"`.
  package static func html(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": result.append(scalar)
      default: result.append(isHidden(scalar) ? "\u{FFFD}" : scalar)
      }
    }
    return String(result)
  }

  /// For a terminal: one line, no control sequences.
  package static func terminal(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      result.append(scalar == "\n" || scalar == "\t" ? " " : isHidden(scalar) ? "\u{FFFD}" : scalar)
    }
    return String(result)
  }

  /// For a sentence or a table's cell in GitHub's Markdown.
  package static func markdown(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in terminal(text).unicodeScalars {
      switch scalar {
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "\\", "`", "*", "_", "[", "]", "|", "~", "#", "@":
        result.append("\\")
        result.append(scalar)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// A name in GitHub's Markdown, read letter by letter.
  ///
  /// - Parameter inTable: Whether it stands in a table's cell, which a bar would end, even within code.
  package static func markdownCode(_ text: String, inTable: Bool = false) -> String {
    let name = terminal(text)
    guard !name.isEmpty else { return "" }
    var longest = 0
    var run = 0
    for scalar in name.unicodeScalars {
      run = scalar == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    let pad = longest > 0 ? " " : ""
    let safe = inTable ? name.replacing("|", with: "\\|") : name
    return fence + pad + safe + pad + fence
  }

  /// At most `limit` characters, with the middle left out: the ends of tensor names tell them apart.
  package static func shortened(_ text: String, to limit: Int) -> String {
    guard text.count > limit, limit > 2 else { return text }
    let head = (limit - 1) / 2
    return text.prefix(head) + "…" + text.suffix(limit - 1 - head)
  }

  /// Control characters, and those that turn the direction of reading.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
