import Calibration
import CalibrationData
import Foundation
import Reporting

extension CalibrationOutcome {
  /// What the page, its JSON and its Markdown say.
  func report(of job: CalibrationJob) -> ReportDocument {
    let names = Dictionary(job.samples.samples.map { ($0.rank, $0.identifier) }) { first, _ in first }
    return CalibrationReport.document(
      CalibrationReportInput(
        toolVersion: toolVersion, modelName: (job.model as NSString).lastPathComponent, modelSHA256: modelDigest,
        dataName: (job.samples.location as NSString).lastPathComponent, sampleCount: sampleCount,
        skipped: skipped.map { .init($0.identifier, reason: $0.reason) },
        preprocessing: job.preprocessing.map { "\($0)" } ?? "none", method: type(of: job.estimator).name,
        parameters: job.estimator.parameters.map { ($0.name, $0.value) },
        kernelClass: "\(kernelClass.instructionSet), \(kernelClass.blas)",
        tensors: tensors.map { $0.reported(method: type(of: job.estimator).name, sampleNames: names) },
        findings: notes.map { Finding(.info, "network-note", at: [], what: $0, evidence: "", cure: "") }))
  }
}

extension CalibratedTensor {
  /// How many bars a chart shows: enough to see a shape, few enough to see each.
  private static let barCount = 128

  func reported(method: String, sampleNames: [Int: String]) -> Reporting.CalibratedTensor {
    let magnitudes = MagnitudeHistogram(statistics)
    let threshold = estimate.range?.amax ?? 1
    let finite = Double(statistics.finiteCount)
    return Reporting.CalibratedTensor(
      name: name, producer: node, opType: opType, shape: shape.text, min: statistics.minimum?.value,
      max: statistics.maximum?.value,
      smallest: magnitudes.map { Float($0.edges(of: $0.occupied.lowerBound).lower) }, amax: statistics.amax,
      threshold: threshold, scale: scale, method: method,
      clippedShare: finite > 0 ? (magnitudes?.count(above: Double(threshold)) ?? 0) / finite : 0,
      zerosShare: finite > 0 ? Double(statistics.zeros) / finite : 0, valueCount: statistics.count,
      nanCount: statistics.nans.count,
      infinityCount: statistics.positiveInfinities.count + statistics.negativeInfinities.count,
      isDead: estimate.range == nil, notes: words, histogram: magnitudes.flatMap(bars),
      minSample: statistics.minimum.flatMap { sampleNames[$0.sample] },
      maxSample: statistics.maximum.flatMap { sampleNames[$0.sample] })
  }

  private var words: [String] {
    var words = estimate.range?.notes.map(\.description) ?? []
    if case .dead(let reason) = estimate { words.append("\(reason); the scale is a neutral 1/127") }
    if isExcluded { words.append("left out of the cache by --exclude") }
    return words
  }

  private func bars(_ magnitudes: MagnitudeHistogram) -> HistogramBars? {
    let width = magnitudes.amax / Double(CalibratedTensor.barCount)
    return HistogramBars(
      .linear, edges: (0...CalibratedTensor.barCount).map { Double($0) * width },
      counts: magnitudes.rebinned(to: CalibratedTensor.barCount).map { UInt64($0.rounded()) })
  }
}

extension ObservedShape {
  var text: String {
    switch self {
    case .unknown: "depends on the data"
    case .always(let shape): "\(shape)"
    case .several: "several"
    }
  }
}
