import CalibrationCache
import Export
import Foundation
import ONNX
import Quantization

extension ExportJob {
  /// Writes the calibration in another format.
  func convert(to format: String, _ outcome: ExportOutcome) throws(PipelineError) -> ExportOutcome {
    var outcome = outcome
    let document = try calibrationDocument().document
    if !settings.allowsMissing {
      do throws(ExportError) {
        try CalibrationCheck.requireUsableScales(document)
      } catch {
        throw failure(error, at: settings.calibration)
      }
    }
    var conversion = CacheConversion(input: settings.calibration ?? "", output: settings.output)
    conversion.format = format
    conversion.builderVersion = settings.builderVersion
    outcome.warnings += try conversion.run().warnings
    try writeRecord(outcome)
    return outcome
  }

  /// Writes a cache for builders up to TensorRT 10.16, and says how to build with it.
  func writeCache(for model: Model, _ outcome: ExportOutcome) throws(PipelineError) -> ExportOutcome {
    let cache = try calibrationDocument()
    if !settings.allowsMissing {
      do throws(ExportError) {
        try CalibrationCheck.requireKnownNames(cache.document, in: model.graph)
      } catch {
        throw failure(error, at: settings.calibration)
      }
    }
    let precisions = try ExportPrecisions(settings, graph: model.graph, standard: .int8, digest: outcome.modelSha256)
    var outcome = try convert(to: TensorRTCache.name, outcome)
    var layers: [(name: String, precision: String)] = []
    for layer in precisions.layers {
      if TrtexecCommand.canName(layer.name) {
        layers.append(layer)
      } else {
        outcome.warnings.append("node '\(layer.name)': trtexec cannot name it, for ':' and ',' divide its list")
      }
    }
    outcome.commands.append(
      TrtexecCommand.implicit(model: settings.model, cache: settings.output, lowFloat: "fp16", layers: layers))
    try writeRecord(outcome)
    return outcome
  }
}
