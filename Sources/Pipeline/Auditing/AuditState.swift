import Foundation
import PrecisionAudit
import TensorCore

/// What an audit measured so far, in a file that a later run of the same settings goes on from.
///
/// It holds the effects of single layers and of the trials of the cure, by the layers that were narrow or kept. What
/// they depend on stands beside them: a state of another network, other samples or another arithmetic is refused.
final class AuditState {
  /// What the measurements depend on.
  struct Identity: Codable, Equatable {
    let toolVersion: String
    let modelSHA256: String
    let pluginSHA256: [String]
    let dataSHA256: String
    let orderSHA256: String
    let preprocessing: String
    let arithmetic: String
    let kernels: String
  }

  private struct Content: Codable {
    var format = "qtool/audit-state/1"
    let identity: Identity
    var layers: [Int: EffectTotals] = [:]
    /// By the layers kept in float32.
    var trials: [[Int]: MixedTrial] = [:]
  }

  private let path: String
  private var content: Content

  /// - Parameter resumes: Whether what stands in the file is gone on from; else it is replaced.
  /// - Throws: ``PipelineError`` where the file cannot be read, or belongs to another run.
  init(path: String, identity: Identity, resumes: Bool) throws(PipelineError) {
    self.path = path
    content = Content(identity: identity)
    guard resumes, FileManager.default.fileExists(atPath: path) else { return }
    guard let bytes = FileManager.default.contents(atPath: path),
      let saved = try? AuditState.decoder.decode(Content.self, from: bytes), saved.format == content.format
    else {
      throw PipelineError(
        .badData, "\(path): expected the state of an audit, found something else; remove it, or name another file")
    }
    if let difference = AuditState.difference(saved.identity, identity) {
      throw PipelineError(
        .badData,
        "\(path): expected the state of the same run, found another \(difference); start anew without --resume")
    }
    content = saved
  }

  /// How many layers are measured.
  var layerCount: Int { content.layers.count }

  func effect(ofLayer key: Int) -> EffectTotals? { content.layers[key] }
  func trial(keeping kept: Set<Int>) -> MixedTrial? { content.trials[kept.sorted()] }

  /// Saves the effects of layers, each alone in 16 bits, by their keys.
  func add(_ effects: [(key: Int, totals: EffectTotals)]) throws(PipelineError) {
    for (key, totals) in effects { content.layers[key] = totals }
    try save()
  }

  func add(_ trial: MixedTrial, keeping kept: Set<Int>) throws(PipelineError) {
    content.trials[kept.sorted()] = trial
    try save()
  }

  /// Takes the file away: the run has ended well.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  private func save() throws(PipelineError) {
    do {
      try AtomicFile.write(String(decoding: try AuditState.encoder.encode(content), as: UTF8.self), to: path)
    } catch {
      throw PipelineError(error)
    }
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }

  /// What differs first, in words; nil where nothing does.
  private static func difference(_ a: Identity, _ b: Identity) -> String? {
    if a.modelSHA256 != b.modelSHA256 { return "network" }
    if a.pluginSHA256 != b.pluginSHA256 { return "plugin" }
    if a.dataSHA256 != b.dataSHA256 || a.orderSHA256 != b.orderSHA256 { return "choice of samples" }
    if a.preprocessing != b.preprocessing { return "preprocessing (\(a.preprocessing))" }
    if a.arithmetic != b.arithmetic { return "arithmetic (\(a.arithmetic))" }
    if a.kernels != b.kernels { return "kernel class (\(a.kernels))" }
    return a == b ? nil : "version of qtool (\(a.toolVersion))"
  }
}
