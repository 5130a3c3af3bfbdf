import Calibration
import CalibrationCache
import CalibrationData
import Export
import Foundation
import ONNX
package import Quantization

/// The ranges that INT8 computes with, and where they come from.
package struct ActivationRanges: Sendable {
  package let byTensor: [String: ActivationRange]
  /// For the report: the file, or the method and the data.
  package let source: String
  /// The record or cache that they were read from; nil where they were just made for the network.
  let document: CacheDocument?

  /// Reads a calibration record, or a cache in any format that is known.
  init(cache path: String) throws(PipelineError) {
    let cache = try LoadedCache(path: path)
    document = cache.document
    var ranges: [String: ActivationRange] = [:]
    for entry in cache.document.entries where entry.role == .activation {
      let range = entry.range.map { (Float($0.lower), Float($0.upper)) }
      ranges[entry.name] = ActivationRange(scale: entry.scale, lower: range?.0, upper: range?.1)
    }
    byTensor = ranges
    source = (path as NSString).lastPathComponent
  }

  init(_ tensors: [CalibratedTensor], source: String) {
    var ranges: [String: ActivationRange] = [:]
    for tensor in tensors where !tensor.isExcluded {
      // A dead tensor has a neutral scale: its zeros stay zeros.
      ranges[tensor.name] =
        tensor.estimate.range.map(ActivationRange.init)
        ?? ActivationRange(scale: tensor.scale, lower: 0, upper: 0)
    }
    byTensor = ranges
    self.source = source
    document = nil
  }
}

extension ActivationRanges {
  /// Names that were read and that no tensor of the network has.
  func unknownNames(in graph: Graph) -> [String] {
    document.map { CalibrationCheck.unknownNames($0, in: graph) } ?? []
  }

  /// Refuses a file with names of another network, as an export does.
  func requireKnownNames(in graph: Graph) throws(PipelineError) {
    try check { document throws(ExportError) in try CalibrationCheck.requireKnownNames(document, in: graph) }
  }

  /// Refuses a file without usable ranges for what the plan's nodes read, as an export does.
  func requireRanges(_ plan: QuantizationPlan) throws(PipelineError) {
    try check { document throws(ExportError) in try CalibrationCheck.requireRanges(plan, document: document) }
  }

  private func check(_ rule: (CacheDocument) throws(ExportError) -> Void) throws(PipelineError) {
    guard let document else { return }
    do throws(ExportError) {
      try rule(document)
    } catch {
      throw PipelineError(.badData, "\(source): \(error)")
    }
  }
}

extension ComparisonSettings {
  /// Reads the calibration, or makes one.
  func activationRanges(control: RunControl) throws(PipelineError) -> ActivationRanges {
    if let calibrationPath { return try ActivationRanges(cache: calibrationPath) }
    let job = try calibrationJob(
      orSay: "INT8: expected a calibration, found none; give --calibration FILE or --calibration-data PATH")
    let outcome = try job.run(control: control)
    let name = (job.samples.location as NSString).lastPathComponent
    return ActivationRanges(
      outcome.tensors,
      source: "\(type(of: job.estimator).name) on \(outcome.sampleCount) samples of \(name)")
  }

  /// The calibration on `--calibration-data`, else on the recipe's data. It treats samples, plugins and threads as the
  /// comparison does.
  ///
  /// - Parameter message: What the error says where there are no such data.
  func calibrationJob(orSay message: String) throws(PipelineError) -> CalibrationJob {
    var settings = CalibrationSettings(recipe: recipe)
    if let calibrationData {
      settings.recipe.data = calibrationData
      settings.recipe.labels = nil
    }
    guard settings.recipe.data != nil else { throw PipelineError(.usage, message) }
    settings.threads = threads
    settings.plugins = plugins
    settings.onBadSample = onBadSample
    var job = try settings.job()
    // Only the ranges are wanted: nothing is written beside them, and no evidence is worked out.
    job.statePath = nil
    job.isStateRequired = false
    job.evidence = .none
    return job
  }
}
