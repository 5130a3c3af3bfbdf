import Foundation
import Reporting

extension CalibrationSettings {
  /// What `--fail-on` can be given besides the codes of findings.
  private static let severities = [Finding.Severity.error, .warning].map(\.rawValue)

  /// Every value that `--fail-on` takes.
  package static let failOnChoices = severities + CalibrationFindings.codes + CalibrationOutcome.findingCodes

  /// - Throws: ``PipelineError`` for the first value of ``failOn`` that names nothing.
  func checkFailOn() throws(PipelineError) {
    for code in failOn where !Self.failOnChoices.contains(code) {
      throw PipelineError(
        .usage,
        "--fail-on: expected one of \(Self.failOnChoices.joined(separator: ", ")), found '\(code)'; "
          + "choose one of these")
    }
    if let minSamples, minSamples < 1 {
      throw PipelineError(.usage, "--min-samples: expected at least 1, found \(minSamples); correct it")
    }
  }

  /// The checks that the user asked for and that failed, one line each.
  func failures(_ outcome: CalibrationOutcome, of job: CalibrationJob) -> [String] {
    guard !failOn.isEmpty || minSamples != nil else { return [] }
    return CalibrationFindings.all(in: outcome.reportInput(of: job, minSamples)).filter { finding in
      finding.code == CalibrationOutcome.tooFewCode || failOn.contains(finding.code)
        || failOn.contains(finding.severity.rawValue)
    }.map { finding in
      let places = finding.places.prefix(4).joined(separator: ", ")
      let more = finding.places.count > 4 ? " and \(finding.places.count - 4) more" : ""
      return "\(finding.code): \(finding.what)" + (places.isEmpty ? "" : ": \(places)\(more)")
    }
  }
}

extension CalibrationJob {
  /// Removes the state, after a run that needs it no more.
  func removeState() {
    if let statePath { try? FileManager.default.removeItem(atPath: statePath) }
  }
}
