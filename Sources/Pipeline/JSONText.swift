import Foundation

/// JSON as every file and command here prints it: sorted keys in snake case, so that equal values give equal bytes.
enum JSONText {
  static func encode(_ value: some Encodable) throws(PipelineError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw PipelineError(
        .internalError, "internal error: a value cannot be written as JSON (\(error)); please report it")
    }
  }
}
