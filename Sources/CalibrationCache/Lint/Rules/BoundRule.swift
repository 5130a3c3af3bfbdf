/// Whether tensors of bounded functions have ranges beyond their bound.
///
/// The entropy calibrator may pass the bound by half a bin of 2048; what lies beyond wastes steps.
package enum BoundRule: LintRule {
  package static let name = "bound"
  package static let summary = "Sigmoid, Softmax and their like do not exceed 1"

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    let beyond = subject.activations.filter { entry in
      guard let bound = subject.bound(of: entry.name), entry.scale.isFinite else { return false }
      return Double(entry.scale) * 127 > Double(bound) * (2048.5 / 2048) * (1 + 2e-7)
    }
    guard let worst = beyond.max(by: { $0.scale < $1.scale }) else { return [] }
    let many = beyond.count == 1 ? "" : " and \(beyond.count - 1) more"
    return [
      finding(
        .warning,
        "'\(worst.name)'\(many): expected a range up to 1, as the function has, found "
          + "\(Float(Double(worst.scale) * 127)); the steps beyond are wasted: give it the scale 1/127 (3c010204)",
        beyond.map(\.name))
    ]
  }
}
