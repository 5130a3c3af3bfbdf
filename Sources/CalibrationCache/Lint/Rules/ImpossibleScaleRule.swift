/// Whether every scale is a positive, finite, normal number.
package enum ImpossibleScaleRule: LintRule {
  package static let name = "impossible-scale"
  package static let summary = "every scale is finite, above 0 and not denormal"

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    let entries = subject.document.entries
    func found(_ severity: LintFinding.Severity, _ words: String, _ isSo: (CacheEntry) -> Bool) -> LintFinding? {
      let names = entries.filter(isSo).map(\.name)
      guard let first = names.first else { return nil }
      let many = names.count == 1 ? "" : " and \(names.count - 1) more"
      return finding(severity, "'\(first)'\(many): expected a positive scale, found \(words)", names)
    }
    return [
      found(.error, "NaN; calibrate again without the samples that make it") { $0.scale.isNaN },
      found(.error, "infinity, as an attention mask of -inf makes it; give the tensor the range of its other values") {
        $0.scale.isInfinite
      },
      found(.error, "a negative number; a scale has no sign") { $0.scale < 0 },
      found(
        .warning,
        "0, as a tensor that was always 0 or holds no floats gives; some builders fail: leave it out or give it 1/127"
      ) {
        $0.scale == 0
      },
      found(.warning, "a denormal number; was the tensor ever other than 0?") {
        $0.scale > 0 && $0.scale < .leastNormalMagnitude
      },
    ].compactMap(\.self)
  }
}
