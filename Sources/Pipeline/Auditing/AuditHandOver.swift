import Executor
import Foundation
import Quantization
import TensorCore

extension AuditOutcome {
  /// The flags of a builder up to TensorRT 10.16 that keep the cure's layers in FP32.
  package var trtexecFlags: String {
    let format = arithmetic.format == .fp16 ? "--fp16" : "--bf16"
    let nodes = keptNodes
    guard !nodes.isEmpty else { return format }
    // A colon ends a layer's name, a comma ends the entry: such names are matched by the wildcard of trtexec.
    let names = nodes.map { $0.replacing(",", with: "*").replacing(":", with: "*") }
    return
      "\(format) --precisionConstraints=obey --layerPrecisions=\(names.map { "\($0):fp32" }.joined(separator: ",")) "
      + "--layerOutputTypes=\(names.map { "\($0):fp32" }.joined(separator: ","))"
  }

  /// A line for each node to leave in FP32: a regular expression that its name alone matches, as AutoCast and its like
  /// take (`--nodes_to_exclude`).
  package var nodePatterns: String {
    keptNodes.map { "^\(NodePattern.escaped($0))$\n" }.joined()
  }

  /// The plan file for `compare` and `export`.
  package var plan: String {
    PrecisionPlan(
      arithmetic.format == .fp16 ? .fp16 : .bf16,
      exceptions: keptNodes.map { PrecisionPlan.Exception(node: $0, precision: .fp32) }, modelDigest: modelDigest
    ).json
  }
}

/// Exact names as regular expressions.
enum NodePattern {
  static func escaped(_ name: String) -> String {
    var result = ""
    for character in name {
      if "\\^$.|?*+()[]{}".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }
}
