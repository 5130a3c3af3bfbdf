import CalibrationData
import Foundation
import Yams

extension Recipe {
  /// Reads a recipe: a YAML file. Paths in it are seen from its own folder; `${data_root}` stands for `dataRoot`.
  ///
  /// - Throws: ``PipelineError`` that names the file, and the field where one is wrong.
  package init(contentsOf path: String, dataRoot: String?) throws(PipelineError) {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw PipelineError(.missingInput, "\(path): expected a recipe, found no file that can be read; check the path")
    }
    do {
      self = try YAMLDecoder().decode(Recipe.self, from: bytes)
    } catch {
      throw PipelineError(.badData, "\(path): \(Recipe.words(for: error))")
    }
    let folder = (path as NSString).deletingLastPathComponent
    for field in [\Recipe.model, \.data, \.test, \.labels] {
      self[keyPath: field] = try self[keyPath: field].map { value throws(PipelineError) in
        try Recipe.resolve(value, folder: folder, dataRoot: dataRoot, recipe: path)
      }
    }
  }

  private static func resolve(
    _ value: String, folder: String, dataRoot: String?, recipe: String
  ) throws(PipelineError) -> String {
    let variable = "${data_root}"
    guard value.contains(variable) else {
      return value.hasPrefix("/") || folder.isEmpty ? value : (folder as NSString).appendingPathComponent(value)
    }
    guard let dataRoot else {
      throw PipelineError(
        .usage,
        "\(recipe): expected a folder for \(variable), found none; give --data-root FOLDER or set QTOOL_DATA_ROOT")
    }
    return value.replacingOccurrences(of: variable, with: dataRoot)
  }

  /// One line for whatever the decoder throws.
  private static func words(for error: any Error) -> String {
    switch error {
    case let fault as RecipeFault:
      return "field '\(fault.field)': expected \(fault.expected), found an unknown name; correct or remove it"
    case let error as DataError: return "\(error)"
    case let DecodingError.typeMismatch(type, context):
      return "field '\(fieldPath(context))': expected \(plainName(of: type)), found another kind of value; correct it"
    case let DecodingError.dataCorrupted(context) where context.underlyingError is YamlError:
      return "expected YAML, found \(firstLine("\(context.underlyingError.map { "\($0)" } ?? "")")); correct it"
    case let DecodingError.dataCorrupted(context): return "field '\(fieldPath(context))': \(context.debugDescription)"
    default: return "expected a recipe in YAML, found \(firstLine("\(error)")); correct it"
    }
  }

  private static func fieldPath(_ context: DecodingError.Context) -> String {
    context.codingPath.map(\.stringValue).joined(separator: ".")
  }

  private static func plainName(of type: any Any.Type) -> String {
    switch type {
    case is Int.Type, is UInt64.Type: "a whole number"
    case is Double.Type, is Float.Type: "a number"
    case is String.Type: "text"
    default: "a list or a table"
    }
  }

  private static func firstLine(_ text: String) -> String { text.split(separator: "\n").first.map(String.init) ?? text }
}
