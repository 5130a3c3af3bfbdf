import CalibrationData
import Yams

/// A field of a recipe that cannot be used.
struct RecipeFault: Error {
  let field: String
  let expected: String
  let found: String
}

/// One line for whatever the reader of recipes throws, without the names of its types.
enum RecipeWording {
  static func words(for error: any Error) -> String {
    switch error {
    case let fault as RecipeFault:
      "field '\(fault.field)': expected \(fault.expected), found \(fault.found); correct or remove it"
    case let error as DataError: "\(error)"
    case let error as YamlError: words(for: error)
    case let error as DecodingError: words(for: error)
    default: "expected a recipe in YAML, found another file; see the folder Calibration for examples"
    }
  }

  private static func words(for error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, let context):
      let place = fieldPath(context.codingPath)
      guard !place.isEmpty else { return "expected fields such as 'model: net.onnx', found none; write them so" }
      return "field '\(place)': expected \(plainName(of: type)), found another kind of value; correct it"
    case .valueNotFound(let type, let context):
      return "field '\(fieldPath(context.codingPath))': expected \(plainName(of: type)), found nothing; correct it"
    case .keyNotFound(let key, _): return "expected a field '\(key.stringValue)', found none; add it"
    // The decoder wraps what its types throw.
    case .dataCorrupted(let context) where context.underlyingError != nil:
      return context.underlyingError.map(words(for:)) ?? ""
    default: return "expected a recipe in YAML, found a mistake; correct it"
    }
  }

  private static func words(for error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line): expected YAML, found a mistake (\(problem)); correct it"
    case .duplicatedKeysInMapping(let duplicates, _):
      "expected each field once, found more of '\(duplicates.joined(separator: "', '"))'; remove all but one"
    default: "expected YAML in UTF-8, found other bytes; write the file anew"
    }
  }

  /// `preprocessing.mean[1]`.
  private static func fieldPath(_ keys: [any CodingKey]) -> String {
    keys.reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }

  private static func plainName(of type: any Any.Type) -> String {
    switch type {
    case is Int.Type, is UInt64.Type: "a whole number"
    case is Double.Type, is Float.Type: "a number"
    case is String.Type, is Yams.Node.Scalar.Type: "a single value"
    case is Yams.Node.Sequence.Type: "a list"
    default: "a table of fields"
    }
  }
}
