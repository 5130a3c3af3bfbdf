package import Evaluation
import Foundation

/// The part of a recipe that says how an output becomes a text.
package struct TextRecipe: Sendable, Hashable, Codable {
  /// `ctc`, the default, or `steps`.
  package var kind: String?
  /// `ntc`, the default, `tnc` or `nct`.
  package var layout: String?
  /// The symbols, one character each.
  package var characters: String?
  /// A file with a symbol on each line, in place of ``characters``.
  package var alphabet: String?
  /// Whether a blank space is the last symbol, behind those of the file.
  package var space: Bool?
  /// The class without a symbol; 0 by default for `ctc`, none for `steps`.
  package var blank: Int?
  /// For `steps`: the class that ends the text.
  package var end: Int?

  /// - Throws: ``PipelineError`` for words that there are not, numbers that make no sense, and a file that cannot be
  ///   read.
  package func decoder() throws(PipelineError) -> TextDecoder {
    guard let kind = TextDecoder.Kind(rawValue: kind ?? "ctc") else {
      throw fault("kind", "ctc or steps", "'\(kind ?? "")'")
    }
    guard let layout = TextDecoder.Layout(rawValue: layout ?? "ntc") else {
      throw fault("layout", "ntc, tnc or nct", "'\(layout ?? "")'")
    }
    for (field, value) in [("blank", blank), ("end", end)] {
      if let value, value < 0 { throw fault(field, "a class from 0", "\(value)") }
    }
    var symbols = try symbols()
    if space == true { symbols.append(" ") }
    guard !symbols.isEmpty else { throw fault("characters", "at least one symbol", "none") }
    return TextDecoder(
      kind: kind, layout: layout, alphabet: symbols, blank: blank ?? (kind == .ctc ? 0 : nil), end: end)
  }

  private func symbols() throws(PipelineError) -> [String] {
    guard let alphabet else { return (characters ?? "").map(String.init) }
    guard characters == nil else { throw fault("alphabet", "either characters or alphabet", "both") }
    guard let bytes = FileManager.default.contents(atPath: alphabet), let text = String(bytes: bytes, encoding: .utf8)
    else {
      throw PipelineError(
        .missingInput, "\(alphabet): expected a symbol on each line in UTF-8, found no such file; check the path")
    }
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    // The line break at the end of the file begins no symbol.
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private func fault(_ field: String, _ expected: String, _ found: String) -> PipelineError {
    PipelineError(.badData, "recipe, text.\(field): expected \(expected), found \(found); correct the recipe")
  }
}

extension Recipe {
  /// The file of symbols: a path like those of the recipe itself.
  var textAlphabet: String? {
    get { text?.alphabet }
    set { text?.alphabet = newValue }
  }
}
