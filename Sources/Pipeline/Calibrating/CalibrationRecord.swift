import Calibration
package import CalibrationData
import Executor
import Foundation
import TensorCore

/// The record beside a calibration cache: what was run on what, and what every scale follows from.
///
/// It holds nothing that varies between runs of the same input, such as times, threads or the order of the manifest.
package struct CalibrationRecord: Encodable, Sendable {
  /// Raised whenever a field changes its meaning or goes.
  package let format = "qtool-calibration-record/1"
  package let toolVersion: String
  package let model: FileEntry
  /// The plugins with operators that the network uses.
  package let plugins: [FileEntry]?
  package let data: DataEntry
  package let preprocessing: Preprocessing?
  package let method: MethodEntry
  /// Which tensors were looked at; nil for all.
  package let observed: String?
  package let kernels: KernelEntry
  package let cache: CacheEntry?
  package let evidence: EvidenceEntry?
  package let tensors: [TensorEntry]

  package struct FileEntry: Encodable, Sendable {
    let file: String
    let sha256: String
  }

  package struct DataEntry: Encodable, Sendable {
    let source: String
    /// Of the files' contents, whatever their order.
    let sha256: String
    let samples: Int
    let seed: UInt64?
    let skipped: [SkippedEntry]
    /// The ranks of samples with the same values, of those that are one value throughout, and of those that spread
    /// unlike the rest.
    let duplicates: [[Int]]?
    let constant: [Int]?
    let unusual: [Int]?
    /// How many classes the labels name, and which of them have no sample among those used.
    let classes: Int?
    let classesWithoutSample: [Int]?
  }

  /// How far the scales depend on the samples; see ``CalibrationEvidence``.
  package struct EvidenceEntry: Encodable, Sendable {
    let prefixes: [Int]
    let sufficientSamples: Int?
    let resamples: Int
    let groups: Int
    let unsettled: [String]
    let methods: [MethodEvidenceEntry]?
  }

  /// What a method comes to from the first so many samples, measured on all.
  package struct MethodEvidenceEntry: Encodable, Sendable {
    let method: String
    let samples: Int
    let meanSqnrDb: Double
    let leastSqnrDb: Double
  }

  package struct TensorEvidenceEntry: Encodable, Sendable {
    /// For each prefix; null where the tensor had no range yet.
    let scales: [Float?]
    let intervalLower: Float?
    let intervalUpper: Float?
    let settledAt: Int?
  }

  package struct SkippedEntry: Encodable, Sendable {
    let sample: String
    let reason: String
  }

  package struct MethodEntry: Encodable, Sendable {
    let name: String
    let parameters: [String: String]
    let bounds: String
    let masks: String
  }

  package struct KernelEntry: Encodable, Sendable {
    let instructionSet: String
    let blas: String
    /// How convolutions were summed.
    let convolution: String
  }

  package struct CacheEntry: Encodable, Sendable {
    let file: String
    let header: String
    let builderVersionGiven: Bool
    /// The older cache whose names and order this one keeps.
    let namesFrom: NamesEntry?
  }

  package struct NamesEntry: Encodable, Sendable {
    let file: String
    let sha256: String
    /// Its names for which there was no new scale; they keep the old one.
    let unmapped: [String]
  }

  package struct TensorEntry: Encodable, Sendable {
    let name: String
    let node: String?
    let op: String?
    let shape: [Int]?
    let scale: Float?
    /// The scale's binary32 pattern in hexadecimal, as in the cache.
    let scaleBits: String?
    let threshold: Float?
    /// The asymmetric range, for builders that take one.
    let lower: Float?
    let upper: Float?
    /// Why the scale is neutral, where the tensor has no range.
    let dead: String?
    let excluded: Bool?
    let notes: [String]?
    let evidence: TensorEvidenceEntry?
    let statistics: StatisticsEntry
  }

  package struct StatisticsEntry: Encodable, Sendable {
    let count: UInt64
    let zeros: UInt64
    let min: Float?
    let minSample: Int?
    let max: Float?
    let maxSample: Int?
    let nan: UInt64
    let infinite: UInt64
    let fp16Overflows: UInt64
    let fp16Subnormal: UInt64
    let fp16Flushed: UInt64
  }
}

extension CalibrationRecord {
  /// - Parameter cache: The cache that the record stands beside.
  package init(_ outcome: CalibrationOutcome, of job: CalibrationJob, cache: CacheEntry?) {
    toolVersion = Pipeline.toolVersion
    model = FileEntry(file: (job.model as NSString).lastPathComponent, sha256: outcome.modelDigest)
    plugins =
      job.plugins.paths.isEmpty
      ? nil
      : zip(job.plugins.paths, outcome.pluginDigests).map {
        FileEntry(file: ($0 as NSString).lastPathComponent, sha256: $1)
      }
    data = DataEntry(
      source: (job.samples.location as NSString).lastPathComponent, sha256: outcome.dataDigest,
      samples: outcome.sampleCount, seed: job.selection.seed,
      skipped: outcome.skipped.map { SkippedEntry(sample: $0.identifier, reason: $0.reason) },
      duplicates: outcome.data.duplicates.isEmpty ? nil : outcome.data.duplicates,
      constant: outcome.data.constants.isEmpty ? nil : outcome.data.constants,
      unusual: outcome.data.unusual.isEmpty ? nil : outcome.data.unusual.map(\.rank),
      classes: outcome.data.classes.isEmpty ? nil : outcome.data.classes.count,
      classesWithoutSample: outcome.data.classes.isEmpty
        ? nil : outcome.data.classes.filter { $0.samples == 0 }.map(\.label))
    preprocessing = job.preprocessing
    method = MethodEntry(
      name: type(of: job.estimator).name,
      parameters: Dictionary(job.estimator.parameters.map { ($0.name, $0.value) }) { first, _ in first },
      bounds: job.ignoresBounds ? "ignored" : "kept", masks: job.masks.rawValue)
    observed = job.observed == .all ? nil : job.observed.rawValue
    kernels = KernelEntry(
      instructionSet: outcome.kernelClass.instructionSet, blas: outcome.kernelClass.blas,
      convolution: job.convolution.rawValue)
    self.cache = cache
    let found = outcome.evidence
    evidence =
      found.tensors.isEmpty
      ? nil
      : EvidenceEntry(
        prefixes: found.prefixes, sufficientSamples: found.sufficientPrefix, resamples: found.resampleCount,
        groups: found.groupCount,
        unsettled: zip(outcome.tensors, found.tensors).filter { $0.1.isUnsettled }.map(\.0.name),
        methods: found.methods.isEmpty
          ? nil
          : found.methods.map {
            MethodEvidenceEntry(
              method: $0.method, samples: $0.samples, meanSqnrDb: $0.meanSQNR, leastSqnrDb: $0.leastSQNR)
          })
    tensors = outcome.tensors.enumerated().map { index, tensor in
      TensorEntry(tensor, evidence: index < found.tensors.count ? found.tensors[index] : nil)
    }
  }

  /// The record as JSON, ending with a line feed.
  package func json() throws(PipelineError) -> String { try JSONText.encode(self) + "\n" }
}

extension CalibrationRecord.TensorEntry {
  init(_ tensor: CalibratedTensor, evidence found: TensorEvidence?) {
    name = tensor.name
    node = tensor.node
    op = tensor.opType
    if case .always(let dimensions) = tensor.shape { shape = dimensions.dimensions } else { shape = nil }
    scale = tensor.isExcluded ? nil : tensor.scale
    scaleBits = tensor.isExcluded ? nil : String(tensor.scale.bitPattern, radix: 16)
    threshold = tensor.estimate.range?.amax
    lower = tensor.estimate.range?.lower
    upper = tensor.estimate.range?.upper
    evidence = found.map {
      CalibrationRecord.TensorEvidenceEntry(
        scales: $0.scales, intervalLower: $0.interval?.lowerBound, intervalUpper: $0.interval?.upperBound,
        settledAt: $0.settledAt)
    }
    if case .dead(let reason) = tensor.estimate { dead = "\(reason)" } else { dead = nil }
    excluded = tensor.isExcluded ? true : nil
    let words = tensor.estimate.range?.notes.map(\.description) ?? []
    notes = words.isEmpty ? nil : words
    statistics = CalibrationRecord.StatisticsEntry(tensor.statistics)
  }
}

extension CalibrationRecord.StatisticsEntry {
  init(_ collector: TensorCollector) {
    count = collector.count
    zeros = collector.zeros
    min = collector.minimum?.value
    minSample = collector.minimum?.sample
    max = collector.maximum?.value
    maxSample = collector.maximum?.sample
    nan = collector.nans.count
    infinite = collector.positiveInfinities.count + collector.negativeInfinities.count
    fp16Overflows = collector.half16Overflows
    fp16Subnormal = collector.half16Subnormal
    fp16Flushed = collector.half16Flushed
  }
}
