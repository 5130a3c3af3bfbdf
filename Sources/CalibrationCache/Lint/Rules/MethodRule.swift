/// How the scales were probably chosen, read from the scales themselves.
///
/// The largest magnitude of a known function or of a normalised picture shows the method: MinMax leaves it as it is,
/// entropy multiplies it by `(i + 0.5) / 2048`, i being 2048 where nothing is clipped.
package enum MethodRule: LintRule {
  package static let name = "method"
  package static let summary = "what the numbers say about the method that made them"

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    let entries = subject.activations.filter { $0.scale.isFinite && $0.scale > 0 }
    guard subject.holdsScales || subject.format == CalibrationRecordFormat.self, let input = entries.first else {
      return []
    }
    // Clipped candidates lie so dense that only the first tensor, mostly a picture, is compared with them.
    let whole = entries.compactMap { entry in
      KnownExtreme.match(Double(entry.scale) * 127, candidates: [2048]).map { (entry, $0) }
    }
    let entropy = whole.filter { $0.1.candidate != nil }, plain = whole.filter { $0.1.candidate == nil }
    var findings: [LintFinding] = []
    if let (first, match) = entropy.first {
      findings.append(
        finding(
          .info,
          "entropy over 2048 bins: \(Self.ends(entropy.count)) half a bin beyond the largest magnitude, the first "
            + "'\(first.name)' at 2048.5/2048 of \(match.extreme.meaning)", entropy.map(\.0.name)))
    } else if let match = KnownExtreme.match(Double(input.scale) * 127, candidates: Array(128..<2048)),
      let candidate = match.candidate
    {
      findings.append(
        finding(
          .info,
          "entropy over 2048 bins: '\(input.name)' ends at (\(candidate) + 0.5)/2048 of \(match.extreme.meaning)",
          [input.name]))
    }
    // A few among many ends of entropy are there by chance.
    if let (first, match) = plain.first, plain.count > entropy.count {
      findings.append(
        finding(
          .info,
          "the largest magnitude: \(Self.ends(plain.count)) right there, the first '\(first.name)' at "
            + match.extreme.meaning, plain.map(\.0.name)))
    }
    if case .legacy(let quantile, let cutoff)? = subject.document.header?.meaning {
      findings.append(
        finding(.info, "the legacy calibrator with quantile \(quantile) and cutoff \(cutoff), as the header says"))
    }
    if case .versioned(_, let calibrator)? = subject.document.header?.meaning {
      if calibrator == TensorRTCalibrator.minMax.rawValue, !entropy.isEmpty, plain.isEmpty {
        findings.append(
          finding(
            .warning,
            "expected ends at the largest magnitude, as \(calibrator) in the header says, found those of entropy"))
      } else if calibrator == TensorRTCalibrator.entropy2.rawValue, entropy.isEmpty, plain.count > 1 {
        findings.append(
          finding(
            .info,
            "the header says \(calibrator), but the ends are those of the largest magnitude; builders do not mind"))
      }
    }
    return findings
  }

  private static func ends(_ count: Int) -> String { count == 1 ? "1 tensor ends" : "\(count) tensors end" }
}
