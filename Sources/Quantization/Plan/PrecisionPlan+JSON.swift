import Foundation

/// Why a file is no precision plan.
package struct PrecisionPlanFault: Error, Sendable, Hashable, CustomStringConvertible {
  package let place: String
  package let expected: String
  package let found: String

  package var description: String { "\(place): expected \(expected), found \(found); correct the plan file" }
}

extension PrecisionPlan {
  private struct File: Codable {
    struct Entry: Codable {
      var node: String
      var precision: String
    }

    var format: String
    var model_sha256: String?
    var standard: String
    var exceptions: [Entry]?
  }

  /// Reads the text of a plan file.
  ///
  /// - Parameter place: How messages call the file.
  /// - Throws: ``PrecisionPlanFault`` for another format, an unknown precision, or a node that is named twice.
  package init(json bytes: [UInt8], place: String) throws(PrecisionPlanFault) {
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: Data(bytes))
    } catch {
      throw PrecisionPlanFault(
        place: place, expected: "JSON with 'format', 'standard' and 'exceptions'", found: Self.words(error))
    }
    guard file.format == Self.format else {
      throw PrecisionPlanFault(place: place, expected: "the format '\(Self.format)'", found: "'\(file.format)'")
    }
    let standard = try Self.precision(file.standard, "\(place), standard")
    var seen: Set<String> = []
    var exceptions: [Exception] = []
    for entry in file.exceptions ?? [] {
      guard seen.insert(entry.node).inserted else {
        throw PrecisionPlanFault(place: place, expected: "each node once", found: "'\(entry.node)' twice")
      }
      exceptions.append(
        Exception(node: entry.node, precision: try Self.precision(entry.precision, "\(place), node '\(entry.node)'")))
    }
    self.init(standard, exceptions: exceptions, modelDigest: file.model_sha256)
  }

  private static func precision(_ text: String, _ place: String) throws(PrecisionPlanFault) -> NodePrecision {
    if let known = NodePrecision(rawValue: text) { return known }
    let names = NodePrecision.allCases.map(\.rawValue).joined(separator: ", ")
    throw PrecisionPlanFault(place: place, expected: "one of \(names)", found: "'\(text)'")
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "no '\(key.stringValue)'"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "another kind of value at '\(context.codingPath.map(\.stringValue).joined(separator: "."))'"
    default: "something else"
    }
  }

  /// The text of the plan file, ended by a line feed; equal plans give equal bytes.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let file = File(
      format: Self.format, model_sha256: modelDigest, standard: standard.rawValue,
      exceptions: exceptions.map { File.Entry(node: $0.node, precision: $0.precision.rawValue) })
    // Strings and lists of strings always encode.
    let bytes = (try? encoder.encode(file)) ?? Data()
    return String(decoding: bytes, as: UTF8.self) + "\n"
  }
}
