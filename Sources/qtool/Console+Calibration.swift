import Foundation
import Pipeline

extension Console {
  /// Shows what a calibration came to.
  ///
  /// - Parameter seconds: How long it took, where that is to be said, with the kernels that ran.
  /// - Throws: ``PipelineError`` where a check that the user asked for failed; everything is shown before.
  static func show(
    _ summary: CalibrationSummary, json: Bool, quiet: Bool, seconds: Double?
  ) throws(PipelineError) {
    if !quiet { for warning in summary.warnings { diagnostic("warning: \(warning)") } }
    if let seconds {
      diagnostic("kernels: \(summary.kernelClass.instructionSet), \(summary.kernelClass.blas)")
      diagnostic("time: \(String(format: "%.2f", seconds)) s")
    }
    if json {
      result(try summary.json())
    } else if !quiet {
      result(summary.text)
    }
    guard !summary.failures.isEmpty else { return }
    throw PipelineError(.checkFailed, "check failed: " + summary.failures.joined(separator: "; "))
  }
}
