import Calibration
import CalibrationData
import Foundation

/// What the terminal shows of a calibration: at most twelve lines.
package struct CalibrationSummary: Sendable {
  package let model: String
  package let data: String
  package let sampleCount: Int
  package let skipped: [SampleRunner.SkippedSample]
  package let method: String
  package let scaleCount: Int
  package let cachePath: String
  package let recordPath: String
  package let reportPath: String?
  /// One line each: what the user should know before the cache is used.
  package let warnings: [String]
  package let kernelClass: KernelClass
  /// The checks that the user asked for and that failed, one line each.
  package let failures: [String]

  init(
    _ outcome: CalibrationOutcome, of job: CalibrationJob, cachePath: String, recordPath: String, reportPath: String?,
    warnings: [String], failures: [String]
  ) {
    self.failures = failures
    model = job.model
    data = job.samples.location
    sampleCount = outcome.sampleCount
    skipped = outcome.skipped
    let settings = job.estimator.parameters.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    method = type(of: job.estimator).name + (settings.isEmpty ? "" : " (\(settings))")
    scaleCount = outcome.tensors.count { !$0.isExcluded }
    self.cachePath = cachePath
    self.recordPath = recordPath
    self.reportPath = reportPath
    self.warnings = warnings + CalibrationSummary.findings(outcome)
    kernelClass = outcome.kernelClass
  }

  /// What is odd about the data and the tensors.
  private static func findings(_ outcome: CalibrationOutcome) -> [String] {
    var lines: [String] = []
    if !outcome.skipped.isEmpty {
      let first = outcome.skipped[0]
      lines.append("\(outcome.skipped.count) samples skipped; the first: \(first.reason)")
    }
    let dead = outcome.tensors.filter { $0.estimate.range == nil && !$0.isExcluded }
    if let first = dead.first, case .dead(let reason) = first.estimate {
      lines.append(
        "\(dead.count) tensors without a range get the neutral scale 1/127; the first: '\(first.name)', \(reason)")
    }
    let odd = outcome.tensors.filter { $0.statistics.nonFiniteCount > 0 }
    if let first = odd.first {
      lines.append(
        "\(odd.count) tensors hold NaN or infinite values, which were left out; the first: '\(first.name)'")
    }
    return lines
  }

  /// For standard output.
  package var text: String {
    var rows = [
      ("network", model), ("samples", "\(sampleCount) of \(data)"), ("method", method), ("scales", "\(scaleCount)"),
      ("cache", cachePath), ("record", recordPath),
    ]
    if let reportPath { rows.append(("report", reportPath)) }
    return rows.map { $0.0.padding(toLength: 9, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
  }

  /// The same as JSON.
  package func json() throws(PipelineError) -> String {
    struct Fields: Encodable {
      let cache: String
      let failedChecks: [String]?
      let data: String
      let method: String
      let network: String
      let record: String
      let report: String?
      let samples: Int
      let scales: Int
      let skipped: Int
      let warnings: [String]
    }
    return try JSONText.encode(
      Fields(
        cache: cachePath, failedChecks: failures.isEmpty ? nil : failures, data: data, method: method, network: model,
        record: recordPath, report: reportPath,
        samples: sampleCount, scales: scaleCount, skipped: skipped.count, warnings: warnings))
  }
}
