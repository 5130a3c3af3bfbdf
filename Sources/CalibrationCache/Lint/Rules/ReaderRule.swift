/// Whether the readers of TensorRT caches, which each have rules of their own, can read this one.
///
/// trtexec takes eight characters after the last `": "` for a signed number. onnxruntime's TensorRT provider wants
/// `TRT-` in the first line and ends a name at its first colon. ModelOpt splits at `": "` and needs an even number of
/// digits.
package enum ReaderRule: LintRule {
  package static let name = "readers"
  package static let summary = "trtexec, onnxruntime's TensorRT provider and ModelOpt can read the file"

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    guard subject.format == TensorRTCache.self else { return ranges(subject) }
    let entries = subject.activations
    var findings: [LintFinding] = []
    func add(_ severity: LintFinding.Severity, _ reader: String, _ words: String, _ isSo: (CacheEntry) -> Bool) {
      let names = entries.filter(isSo).map(\.name)
      guard let first = names.first else { return }
      let many = names.count == 1 ? "" : " and \(names.count - 1) more"
      findings.append(finding(severity, "\(reader): '\(first)'\(many): \(words)", names))
    }
    add(.error, "trtexec", "expected a number below 80000000, found the sign bit set; it stops there") {
      $0.scaleBits >= 0x8000_0000
    }
    if let header = subject.document.header, !header.text.contains("TRT-") {
      findings.append(
        finding(
          .warning,
          "onnxruntime's TensorRT provider: expected 'TRT-' in the first line, found '\(header.text)'; it takes the "
            + "cache for one of its own"))
    }
    add(.warning, "onnxruntime's TensorRT provider", "expected no ':' in a name, found one; it ends the name there") {
      $0.name.contains(":")
    }
    add(.info, "onnxruntime's TensorRT provider", "expected a scale above 0, found 0; it takes 2^-127 for it") {
      $0.scaleBits == 0
    }
    add(.warning, "ModelOpt", "expected an even number of digits, found an odd one; it stops there") {
      !String($0.scaleBits, radix: 16).utf8.count.isMultiple(of: 2)
    }
    add(.warning, "ModelOpt", "expected no ': ' in a name, found one; it stops there") { $0.name.contains(": ") }
    return findings
  }

  /// TensorRT's INT8 sample ends a name at the first colon.
  private static func ranges(_ subject: LintSubject) -> [LintFinding] {
    guard subject.format == TensorRTRanges.self else { return [] }
    let names = subject.activations.map(\.name).filter { $0.contains(":") }
    guard let first = names.first else { return [] }
    return [
      finding(
        .warning, "TensorRT's INT8 sample: '\(first)': expected no ':' in a name, found one; it ends the name there",
        names)
    ]
  }
}
