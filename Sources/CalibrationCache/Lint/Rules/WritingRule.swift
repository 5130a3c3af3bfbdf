/// Whether the file holds anything, and is written as its format's own writer writes it.
package enum WritingRule: LintRule {
  package static let name = "writing"
  package static let summary = "the file is written as the format's own writer does"

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    guard !subject.document.entries.isEmpty else {
      return [finding(.error, "expected tensors with scales, found none; calibrate again")]
    }
    return subject.document.irregularities.compactMap { irregularity in
      switch irregularity.kind {
      // Other rules say more about these.
      case .duplicateName, .unreadableVersion: nil
      case .byteOrderMark, .carriageReturn, .unusualNumber, .negativeMagnitude:
        finding(.warning, "\(irregularity); qtool cache convert mends it")
      case .blankLine, .noFinalNewline: finding(.info, "\(irregularity); qtool cache convert mends it")
      case .leftOut: finding(.info, "\(irregularity)")
      }
    }
  }
}
