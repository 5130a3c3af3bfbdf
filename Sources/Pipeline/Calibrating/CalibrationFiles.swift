import Calibration
import Foundation
import TensorCore

extension CalibrationSettings {
  /// Calibrates and writes the cache, its record and, where asked for, the page.
  ///
  /// - Throws: ``PipelineError``. Then no file was written, or each that was is whole.
  package func run(control: RunControl = RunControl()) throws(PipelineError) -> CalibrationSummary {
    let job = try job()
    let cachePath = resolvedCachePath, recordPath = cachePath + ".json"
    for path in [cachePath, recordPath, reportPath].compactMap(\.self) { try OutputCheck.check(path) }
    let outcome = try job.run(control: control)
    let header = "TRT-8601-EntropyCalibration2"
    let lines = outcome.tensors.filter { !$0.isExcluded }.map { "\($0.name): " + String($0.scale.bitPattern, radix: 16) }
    let entry = CalibrationRecord.CacheEntry(
      file: (cachePath as NSString).lastPathComponent, header: header, builderVersionGiven: recipe.trtVersion != nil)
    let record = CalibrationRecord(outcome, of: job, cache: entry)
    do {
      // The record first: a cache never stands without one.
      try AtomicFile.write(try record.json(), to: recordPath)
      try AtomicFile.write(([header] + lines).joined(separator: "\n") + "\n", to: cachePath)
    } catch {
      throw PipelineError(error)
    }
    return CalibrationSummary(
      outcome, of: job, cachePath: cachePath, recordPath: recordPath, reportPath: reportPath, warnings: [])
  }
}
