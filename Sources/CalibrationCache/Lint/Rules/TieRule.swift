/// Whether tensors that hold the values of their source have its scale.
///
/// MaxPool, Relu and their like choose among the values of their source, so that their range is never larger; Reshape
/// and Transpose keep them all, so that the range is the same.
package enum TieRule: LintRule {
  package static let name = "ties"
  package static let summary = "what Reshape, MaxPool and Relu make has no larger range than its source (with --model)"

  private static let keeping: Set = ["Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"]
  private static let choosing: Set = [
    "MaxPool", "GlobalMaxPool", "Relu", "Clip", "Slice", "Gather", "ReduceMax", "Expand",
  ]
  /// A calibrator may choose differently for equal values of another shape; beyond this it is no rounding.
  private static let tolerance = 1.05

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    guard let model = subject.model else { return [] }
    let scales = Dictionary(subject.activations.map { ($0.name, Double($0.scale)) }) { first, _ in first }
    var unequal: [String] = [], larger: [String] = []
    for tensor in model {
      guard let opType = tensor.opType, let source = tensor.sources.first, let own = scales[tensor.name],
        let other = scales[source], own.isFinite, other.isFinite, own > 0, other > 0
      else { continue }
      if keeping.contains(opType), max(own / other, other / own) > tolerance { unequal.append(tensor.name) }
      if choosing.contains(opType), own > other * tolerance { larger.append(tensor.name) }
    }
    var findings: [LintFinding] = []
    for (names, words) in [
      (unequal, "expected the scale of its source, whose values it only moves, found another"),
      (larger, "expected a scale no larger than its source's, whose values it chooses among, found a larger one"),
    ] {
      guard let first = names.first else { continue }
      let many = names.count == 1 ? "" : " and \(names.count - 1) more"
      findings.append(
        finding(.warning, "'\(first)'\(many): \(words); were the two calibrated on the same data?", names))
    }
    return findings
  }
}
