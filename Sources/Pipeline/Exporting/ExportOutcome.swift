import Export
import Foundation
import Quantization
import Reporting

/// What was written, and what the user should know of it. Its JSON stands beside the file as its record.
package struct ExportOutcome: Encodable, Sendable {
  /// A node that computes in higher precision than the rest.
  package struct Kept: Encodable, Sendable {
    let node: String
    let opType: String
    let reason: String
  }

  package internal(set) var tool = "qtool \(toolVersion)"
  package internal(set) var output: String
  package internal(set) var format: String
  package internal(set) var modelSha256: String
  package internal(set) var calibrationSha256: String?
  package internal(set) var target: String?
  package internal(set) var opset: Int
  package internal(set) var originalOpset: Int
  /// Pairs of QuantizeLinear and DequantizeLinear, weights stored as integers, and Casts.
  package internal(set) var quantizedActivations = 0
  package internal(set) var quantizedWeights = 0
  package internal(set) var casts = 0
  package internal(set) var kept: [Kept] = []
  /// Constants' numbers that the type of 16 bits made 0, and that were cut to its largest.
  package internal(set) var flushed = 0
  package internal(set) var saturated = 0
  package internal(set) var warnings: [String] = []
  /// What builds an engine from it.
  package internal(set) var commands: [String] = []
  package internal(set) var verification: ExportVerification?

  init(_ settings: ExportSettings, format: String, digest: String, opset: Int) {
    output = settings.output
    self.format = format
    modelSha256 = digest
    self.opset = opset
    originalOpset = opset
  }

  mutating func add(_ network: QuantizedNetwork, _ plan: QuantizationPlan) {
    quantizedActivations = network.pairCount
    quantizedWeights = network.weightCount
    target = plan.target.rawValue
    kept += plan.kept.map { Kept(node: $0.name, opType: $0.opType, reason: "\($0.reason.text)") }
  }

  mutating func add(_ network: TypedNetwork) {
    casts = network.castCount
    flushed = network.flushedCount
    saturated = network.saturatedCount
    kept += network.kept.map { Kept(node: $0.name, opType: $0.opType, reason: $0.reason.rawValue) }
    if flushed > 0 { warnings.append("\(flushed) numbers of constants became 0: too small for the type of 16 bits") }
    if saturated > 0 { warnings.append("\(saturated) numbers of constants were cut to the largest finite one") }
  }

  /// For a terminal.
  package var text: String {
    var lines = [
      PlainText.terminal(
        "\(output): \(format), operator set \(opset)" + (opset == originalOpset ? "" : " (was \(originalOpset))"))
    ]
    if target != nil {
      lines.append(
        "\(LoadedCache.count(quantizedActivations, "activation")) and \(LoadedCache.count(quantizedWeights, "weight")) "
          + "in INT8 for \(target ?? "")")
    }
    if casts > 0 { lines.append(LoadedCache.count(casts, "Cast")) }
    if !kept.isEmpty {
      lines.append("\(LoadedCache.count(kept.count, "node")) in higher precision:")
      lines += kept.prefix(10).map { PlainText.terminal("  \($0.node) (\($0.opType)): \($0.reason)") }
      if kept.count > 10 { lines.append("  … and \(kept.count - 10) more; --json lists them") }
    }
    if let verification { lines.append(verification.text) }
    lines += commands.map { "build: \($0)" }
    return lines.joined(separator: "\n")
  }

  /// The same as JSON.
  package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
}

extension Quantization.KeptNode.Reason {
  fileprivate var text: String {
    switch self {
    case .asked: "asked"
    case .noRange(let tensor): "no range for '\(tensor)'"
    case .target: "the builder computes it in higher precision"
    case .operands: "an operand that is no float32 tensor of finite numbers"
    }
  }
}
