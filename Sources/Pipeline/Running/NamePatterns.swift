/// Regular expressions over the names of tensors or nodes; a name matches where part of it does.
package struct NamePatterns {
  private let expressions: [Regex<AnyRegexOutput>]

  /// - Throws: ``PipelineError`` that names `flag` and the expression that is none.
  package init(_ patterns: [String], flag: String) throws(PipelineError) {
    var expressions: [Regex<AnyRegexOutput>] = []
    for pattern in patterns {
      guard let expression = try? Regex(pattern) else {
        throw PipelineError(.usage, "\(flag): expected a regular expression, found '\(pattern)'; correct it")
      }
      expressions.append(expression)
    }
    self.expressions = expressions
  }

  package func match(_ name: String) -> Bool {
    expressions.contains { (try? $0.firstMatch(in: name)) ?? nil != nil }
  }
}
