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
      throw PipelineError(.badData, "\(path): \(RecipeWording.words(for: error))")
    }
    self.path = path
    let folder = (path as NSString).deletingLastPathComponent
    for field in [\Recipe.model, \.data, \.test, \.testLabels, \.labels, \.textAlphabet] {
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
      return value.hasPrefix("/") || folder.isEmpty ? value : tidied((folder as NSString).appendingPathComponent(value))
    }
    guard let dataRoot else {
      throw PipelineError(
        .usage,
        "\(recipe): expected a folder for \(variable), found none; give --data-root FOLDER or set QTOOL_DATA_ROOT")
    }
    return value.replacingOccurrences(of: variable, with: dataRoot)
  }

  /// `path` without the steps into a folder and out again, for people to read: `a/../b` is `b`.
  ///
  /// Steps through a link stay, for the folder above its target is another one.
  private static func tidied(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") {
      let folder = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
      if part == "..", let last = parts.last, last != "..", !isLink(folder) {
        parts.removeLast()
      } else if part != "." {
        parts.append(part)
      }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  private static func isLink(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.type] as? FileAttributeType == .typeSymbolicLink
  }
}
