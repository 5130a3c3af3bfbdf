/// Whether ranges are so large that they hold masks, indices or values that FP16 cannot.
package enum HugeRangeRule: LintRule {
  package static let name = "huge-range"
  package static let summary = "no range is beyond FP16, or so large that it is a mask or an index"

  private static let largestHalf: Double = 65504
  private static let maskSize: Double = 1e6

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    func names(_ isSo: (Double) -> Bool) -> [CacheEntry] {
      subject.activations.filter { $0.scale.isFinite && isSo(Double($0.scale) * 127) }
    }
    var findings: [LintFinding] = []
    for (entries, words) in [
      (
        names { $0 > maskSize },
        "which a mask or an index makes; INT8 holds nothing of the other values: keep the layer in floats"
      ),
      (names { $0 > largestHalf && $0 <= maskSize }, "beyond what FP16 holds; keep the layer in FP32"),
    ] {
      guard let first = entries.first else { continue }
      let many = entries.count == 1 ? "" : " and \(entries.count - 1) more"
      findings.append(
        finding(
          .warning,
          "'\(first.name)'\(many): expected a range below 65504, found \(Float(Double(first.scale) * 127)), \(words)",
          entries.map(\.name)))
    }
    return findings
  }
}
