import Foundation

/// The checked-in lists of what passes and what does not.
struct CaseLists: Equatable {
  /// Exact names of cases that must pass.
  var supported: [String]
  /// Exact names of cases that do not pass, each with the reason.
  var excluded: [String: String]

  static let folder = repositoryRoot + "/Tests/ConformanceTests"

  static func read() throws -> CaseLists {
    let supported = try lines(of: "supported.txt")
    var excluded: [String: String] = [:]
    for line in try lines(of: "excluded.txt") {
      let parts = line.split(separator: " ", maxSplits: 1)
      excluded[String(parts[0])] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    return CaseLists(supported: supported, excluded: excluded)
  }

  /// Writes both lists, sorted by name.
  func write() throws {
    try CaseLists.write(supported.sorted(), to: "supported.txt")
    try CaseLists.write(excluded.keys.sorted().map { "\($0)  \(excluded[$0] ?? "")" }, to: "excluded.txt")
  }

  static func lines(of file: String) throws -> [String] {
    try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter {
        !$0.isEmpty && !$0.hasPrefix("#")
      }
  }

  static func write(_ lines: [String], to file: String) throws {
    try lines.map { $0 + "\n" }.joined().write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
  }
}

/// Why a case that fails is left out, as far as its operators and its failure tell.
func exclusionReason(_ result: CaseResult) -> String {
  let text = result.failure?.text ?? ""
  func uses(_ names: String...) -> Bool { names.contains(where: result.operators.contains) }
  if result.operators.contains(where: { $0.hasPrefix("ai.onnx.ml.") }) { return "ai.onnx.ml" }
  if result.operators.contains(where: { $0.hasPrefix("ai.onnx.preview.training.") }) || uses("Gradient") {
    return "training"
  }
  if result.operators.contains(where: { $0.hasPrefix("ai.onnx.preview.") }) { return "later: preview operators" }
  if result.operators.contains(where: { $0.hasPrefix("Sequence") || $0.hasPrefix("Split" + "ToSequence") })
    || uses("ConcatFromSequence", "SplitToSequence")
  {
    return "sequences"
  }
  if result.operators.contains(where: { $0.hasPrefix("Optional") }) { return "optional values" }
  if result.operators.contains(where: { $0.hasPrefix("String") }) || uses("RegexFullMatch", "TfIdfVectorizer") {
    return "strings"
  }
  if uses("ImageDecoder") { return "image files inside a network" }
  if uses("Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial") {
    return "randomness"
  }
  if result.name.hasSuffix("training_dropout") || result.name.contains("training_dropout_") { return "randomness" }
  // The names of the few cases that hold such values without an operator of their own.
  if result.name.hasSuffix("_identity_opt") || result.name.contains("_opt_") { return "optional values" }
  if result.name.hasSuffix("_seq") || result.name.contains("_sequence") && text.contains("tensor:") {
    return "sequences"
  }
  if text.contains("expected operator set 6 or later") { return "operator set below 6" }
  let types = ["FLOAT8", "FLOAT4", "INT4", "INT2"]
  if let type = types.first(where: result.name.contains) {
    return type.hasPrefix("FLOAT") ? "8-bit and 4-bit floats" : "sub-byte types"
  }
  if text.contains("float8") || text.contains("float4") || text.contains("e8m0") { return "8-bit and 4-bit floats" }
  if text.contains("int4") || text.contains("int2") { return "sub-byte types" }
  if text.contains("string") { return "strings" }
  if text.contains("complex") { return "complex numbers" }
  if text.contains("training_mode") { return "training" }
  if text.contains("expected an operator that qtool knows"), let node = text.firstMatch(of: /\(([A-Za-z.]+), opset/) {
    return "later: the operator \(node.1)"
  }
  return "later: \(text.prefix(160))"
}
