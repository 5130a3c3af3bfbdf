import CalibrationCache
import Executor
import Export
import Foundation
import ONNX
import Quantization
import Reporting
import TensorCore

/// Writes a network, or what an engine builder wants beside it, in the precision that was decided on.
package struct ExportJob: Sendable {
  package let settings: ExportSettings

  package init(_ settings: ExportSettings) { self.settings = settings }

  /// Reads, converts, verifies if asked to, and writes: the file, and its record `<file>.json` beside it.
  ///
  /// - Throws: ``PipelineError``; then the output is as it was before.
  package func run() throws(PipelineError) -> ExportOutcome {
    try checkOutputs()
    let original: Model
    do { original = try ONNXReader.readModel(at: settings.model) } catch { throw PipelineError(error) }
    try checkOutputs(original)
    let digest = try Digest.ofFiles([settings.model] + original.externalFiles)
    var outcome = ExportOutcome(
      settings, format: Self.name(settings.format), digest: digest, opset: original.opsets[""] ?? 0)
    if let calibration = settings.calibration { outcome.calibrationSha256 = try Digest.ofFiles([calibration]) }
    switch settings.format {
    case .table(let format): return try convert(to: format, outcome)
    case .trtexec: return try writeCache(for: original, outcome)
    default: break
    }
    try checkOperators(of: original, &outcome)
    let (model, prediction) = try network(original, &outcome)
    outcome.opset = model.opsets[""] ?? 0
    try write(model, prediction, &outcome)
    return outcome
  }

  static func name(_ format: ExportFormat) -> String {
    if case .table(let name) = format { return name }
    return ExportFormat.networks.first { $0.format == format }?.name ?? ""
  }

  // MARK: Networks

  /// The network in its new form, and how our own executor computes what it should: nil where that is the original.
  private func network(
    _ original: Model, _ outcome: inout ExportOutcome
  ) throws(PipelineError) -> (Model, Prediction?) {
    switch settings.format {
    case .qdq, .mixed: return try quantized(original, &outcome)
    case .typed(let half):
      let precisions = try ExportPrecisions(
        settings, graph: original.inliningFunctions().graph, standard: half == .fp16 ? .fp16 : .bf16,
        digest: outcome.modelSha256)
      let typed = try typed(original, half, kept: precisions.full, &outcome)
      outcome.commands.append(TrtexecCommand.explicit(model: settings.output))
      return (try raised(typed.model), Prediction(model: original.inliningFunctions(), typed: typed, half: half))
    default:
      guard let opset = settings.opset else {
        throw PipelineError(.usage, "--format opset: expected --opset, found none; name the operator set")
      }
      return (try upgraded(original, to: opset), nil)
    }
  }

  private func quantized(
    _ original: Model, _ outcome: inout ExportOutcome
  ) throws(PipelineError) -> (Model, Prediction?) {
    if let node = QuantizedNetwork.quantizedNode(of: original.graph) {
      throw failure(ExportError.alreadyQuantized(node: node.name, opType: node.opType))
    }
    let cache = try calibrationDocument()
    outcome.warnings += cache.document.irregularities.map { PlainText.terminal("\(cache.path): \($0)") }
    var half: HalfType?
    if case .mixed(let type) = settings.format { half = type }
    let needed = half == nil ? QuantizedNetwork.opset : QuantizedNetwork.halfScaleOpset
    let inlined = try upgraded(original.inliningFunctions(), to: needed)
    let prepared = inlined.preparedForQuantization(with: ConstantEvaluator())
    let precisions = try ExportPrecisions(settings, graph: inlined.graph, standard: .int8, digest: outcome.modelSha256)
    let plan: QuantizationPlan
    do {
      if !settings.allowsMissing { try CalibrationCheck.requireKnownNames(cache.document, in: inlined.graph) }
      plan = QuantizationPlan(
        prepared.graph, ranges: Self.ranges(cache.document), target: settings.target,
        keeping: precisions.withoutIntegers)
      if !settings.allowsMissing { try CalibrationCheck.requireRanges(plan, document: cache.document) }
      guard plan.nodes.contains(where: \.isInteger) else { throw ExportError.nothingToQuantize }
    } catch {
      throw failure(error, at: settings.calibration)
    }
    if settings.allowsMissing {
      let unknown = CalibrationCheck.unknownNames(cache.document, in: inlined.graph)
      if let first = unknown.first {
        outcome.warnings.append(
          "\(unknown.count) names of the calibration are not the network's; the first: '\(first)'")
      }
    }
    let network = QuantizedNetwork.make(prepared, plan: plan, scales: half)
    outcome.add(network, plan)
    if settings.target == .tensorrt { outcome.commands.append(TrtexecCommand.explicit(model: settings.output)) }
    guard let half else {
      return (try raised(network.model), Prediction(model: prepared, plan: plan))
    }
    // Nodes of the plan that are to be FP32 are named alike in the quantized network.
    let typed = try typed(network.model, half, kept: precisions.full, &outcome)
    return (try raised(typed.model), Prediction(model: prepared, plan: plan, typed: typed, half: half))
  }

  private func typed(
    _ model: Model, _ half: HalfType, kept: Set<String>, _ outcome: inout ExportOutcome
  ) throws(PipelineError) -> TypedNetwork {
    var options = TypingOptions(half, kept: kept)
    options.keepsIOTypes = settings.keepsIOTypes
    options.overflow = settings.overflow
    do {
      let typed = try TypedNetwork.make(model, options: options)
      outcome.add(typed)
      return typed
    } catch {
      throw failure(error)
    }
  }

  /// The result with at least the operator set that was asked for.
  private func raised(_ model: Model) throws(PipelineError) -> Model {
    guard let opset = settings.opset else { return model }
    return try upgraded(model, to: opset)
  }

  private func upgraded(_ model: Model, to opset: Int) throws(PipelineError) -> Model {
    do {
      return try OpsetUpgrade.upgrade(model, to: opset)
    } catch {
      guard case .unknown = error.fault else { throw failure(error) }
    }
    // The file does not say enough: a plan for the network does, where there can be one.
    do {
      let types = try InputShapes(settings.inputShapes).types(for: model.graph)
      let plan = try Network(model).plan(for: types, observing: .all)
      return try OpsetUpgrade.upgrade(model, to: opset, types: plan.typesByName)
    } catch let error as PipelineError {
      throw error
    } catch {
      throw failure(error)
    }
  }

  private static func ranges(_ document: CacheDocument) -> [String: ActivationRange] {
    var ranges: [String: ActivationRange] = [:]
    for entry in document.entries where entry.role == .activation {
      ranges[entry.name] = ActivationRange(
        scale: entry.scale, lower: entry.range.map { Float($0.lower) }, upper: entry.range.map { Float($0.upper) })
    }
    return ranges
  }

  // MARK: Files

  private func write(
    _ model: Model, _ prediction: Prediction?, _ outcome: inout ExportOutcome
  ) throws(PipelineError) {
    let isExternal = settings.usesExternalData || ONNXWriter.needsExternalData(model)
    func write(to path: String) throws(PipelineError) {
      do {
        if isExternal {
          try ONNXWriter.writeWithExternalData(model, to: path)
        } else {
          try ONNXWriter.write(model, to: path)
        }
      } catch {
        if case .file(let fault) = error.fault { throw PipelineError(fault) }
        throw PipelineError(.badData, "\(error)")
      }
    }
    if settings.verifies {
      let folder = try ScratchFolder()
      let path = "\(folder.path)/network.onnx"
      try write(to: path)
      outcome.verification = try ExportVerifier(settings: settings, prediction: prediction).verify(path, in: folder)
    }
    try write(to: settings.output)
    try writeRecord(outcome)
  }

  func writeRecord(_ outcome: ExportOutcome) throws(PipelineError) {
    let path = settings.output + ".json"
    do { try AtomicFile.write(try outcome.json() + "\n", to: path) } catch { throw PipelineError(error) }
  }

  func calibrationDocument() throws(PipelineError) -> LoadedCache {
    guard let path = settings.calibration else {
      throw PipelineError(
        .usage, "--calibration: expected a calibration record or cache for INT8, found none; qtool calibrate makes one")
    }
    return try LoadedCache(path: path)
  }

  func failure(_ error: any Error, at place: String? = nil) -> PipelineError {
    if let error = error as? PipelineError { return error }
    let isOfCalibration: Bool
    switch error as? ExportError {
    case .unknownTensors, .missingRanges, .scale: isOfCalibration = true
    default: isOfCalibration = false
    }
    return PipelineError(.badData, "\(isOfCalibration ? place ?? settings.model : settings.model): \(error)")
  }
}
