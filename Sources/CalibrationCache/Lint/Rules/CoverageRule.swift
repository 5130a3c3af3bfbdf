/// Whether the cache and the network have the same tensors.
package enum CoverageRule: LintRule {
  package static let name = "coverage"
  package static let summary = "every float tensor of the network has a scale, and every scale a tensor (with --model)"

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    guard let model = subject.model else { return [] }
    let known = Set(subject.document.entries.map(\.name))
    let missing = model.filter { $0.isFloat != false && !known.contains($0.name) }.map(\.name)
    let unknown = subject.activations.filter { subject.tensor($0.name) == nil }
    let made = unknown.filter { ParserMadeName.matches($0.name) }.map(\.name)
    let strange = unknown.filter { !ParserMadeName.matches($0.name) }.map(\.name)
    var findings: [LintFinding] = []
    if strange.count == subject.activations.count, let first = strange.first, !model.isEmpty {
      return [
        finding(
          .error,
          "'\(first)' and all others: expected tensors of the network, found none of its names; is the cache for "
            + "another network?",
          strange)
      ]
    }
    func add(_ severity: LintFinding.Severity, _ names: [String], _ words: String) {
      guard let first = names.first else { return }
      let many = names.count == 1 ? "" : " and \(names.count - 1) more"
      findings.append(finding(severity, "'\(first)'\(many): \(words)", names))
    }
    add(.warning, missing, "expected a scale for the network's tensor, found none; its layer will not run in INT8")
    add(.warning, strange, "expected a tensor of the network, found none of that name; builders pass over it")
    add(.info, made, "a tensor that a parser makes, which the ONNX file does not show")
    return findings
  }
}
