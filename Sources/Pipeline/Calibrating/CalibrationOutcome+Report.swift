import Calibration
import CalibrationData
import Executor
import Foundation
import Reporting

extension CalibrationOutcome {
  /// What the page, its JSON and its Markdown say.
  func report(of job: CalibrationJob, _ minSamples: Int?) -> ReportDocument {
    CalibrationReport.document(reportInput(of: job, minSamples))
  }

  func reportInput(of job: CalibrationJob, _ minSamples: Int?) -> CalibrationReportInput {
    let names = Dictionary(job.samples.samples.map { ($0.rank, $0.identifier) }) { first, _ in first }
    return CalibrationReportInput(
      toolVersion: toolVersion, modelName: (job.model as NSString).lastPathComponent, modelSHA256: modelDigest,
      dataName: (job.samples.location as NSString).lastPathComponent, sampleCount: sampleCount,
      skipped: skipped.map { .init($0.identifier, reason: $0.reason) },
      preprocessing: job.preprocessing.map { "\($0)" } ?? "none", method: type(of: job.estimator).name,
      parameters: job.estimator.parameters.map { ($0.name, $0.value) },
      kernelClass: "\(kernelClass.instructionSet), \(kernelClass.blas), convolutions \(job.convolution.rawValue)",
      tensors: tensors.map { $0.reported(method: type(of: job.estimator).name, sampleNames: names) },
      findings: findings(names: names, minSamples: minSamples)
        + notes.map { Finding(.info, "network-note", at: [], what: $0, evidence: "", cure: "") },
      convergence: convergence)
  }

  /// The evidence as the report draws it; nil where there is none.
  private var convergence: ConvergenceReport? {
    guard !evidence.tensors.isEmpty, evidence.prefixes.count > 1 else { return nil }
    return ConvergenceReport(
      prefixes: evidence.prefixes, resamples: evidence.resampleCount, sufficientPrefix: evidence.sufficientPrefix,
      tensors: zip(tensors, evidence.tensors).filter { $0.0.estimate.range != nil }.map { tensor, found in
        ConvergenceReport.Tensor(
          name: tensor.name, scales: found.scales.map { $0.map(Double.init) }, final: Double(tensor.scale),
          interval: found.interval.map { Double($0.lowerBound)...Double($0.upperBound) },
          settledAt: found.settledAt, isUnsettled: found.isUnsettled)
      },
      methods: evidence.methods.map {
        .init(method: $0.method, samples: $0.samples, mean: $0.meanSQNR, least: $0.leastSQNR)
      })
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
