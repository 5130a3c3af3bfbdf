import TestSupport
import Testing

/// What every word on standard error must keep to.
func expectPlainWords(_ result: Command.Result, _ what: String) {
  // Traces of the program's insides: type names, wrapped values, enumeration cases, stacks.
  let forbidden = [
    "Error(", "Optional(", "Swift.", "Fatal error", "Pipeline.", "DecodingError", "CodingKeys", "Stack dump", "NSCocoa",
    "PipelineError", "DataError", "ONNXError", "OperatorError", "FileError", "YamlError", "internal error", "nil",
  ]
  for word in forbidden { #expect(!result.errors.contains(word), "\(what): \(result.errors)") }
}

/// One line, `qtool: place: expected …, found …; …`, the right code, and nothing on standard output.
func expectRefusal(_ result: Command.Result, code: Int32, naming names: [String], _ what: String) {
  #expect(result.code == code, "\(what): \(result.errors)")
  #expect(result.output.isEmpty, "\(what)")
  #expect(result.errorLines.count == 1, "\(what): \(result.errors)")
  let line = result.errorLines.first ?? ""
  #expect(line.hasPrefix("qtool: "), "\(what): \(line)")
  #expect(line.contains("expected ") && line.contains("found "), "\(what): \(line)")
  #expect(line.contains("; "), "\(what) says what to do: \(line)")
  for name in names { #expect(line.contains(name), "\(what): \(line)") }
  expectPlainWords(result, what)
}
