import Export
import Foundation
import ONNX
import Quantization

/// Reads plan files.
enum PlanFile {
  /// - Parameters:
  ///   - graph: Of the network that the plan is for, its functions inlined.
  ///   - digest: SHA-256 of the network.
  /// - Throws: ``PipelineError`` for a file that is missing or no plan, for one that says that it was made for another
  ///   network, and for a node that this one does not have.
  static func read(_ path: String, for graph: Graph, digest: String) throws(PipelineError) -> PrecisionPlan {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw PipelineError(
        .missingInput, "\(path): expected a precision plan, found no file that can be read; check the path")
    }
    let plan: PrecisionPlan
    do {
      plan = try PrecisionPlan(json: [UInt8](bytes), place: path)
    } catch {
      throw PipelineError(.badData, "\(error)")
    }
    if let made = plan.modelDigest, made != digest {
      throw PipelineError(
        .badData, "\(path): expected a plan for this network (SHA-256 \(digest)), found one for \(made); make it anew")
    }
    let nodes = graph.allNodeNames
    let known = Set(nodes)
    if let stranger = plan.exceptions.first(where: { !known.contains($0.node) })?.node {
      let nearest = CalibrationCheck.nearest(to: stranger, among: nodes)
      throw PipelineError(.badData, "\(path): \(ExportError.unknownNode(stranger, nearest: nearest))")
    }
    return plan
  }
}

extension Graph {
  /// The names of all nodes, those of bodies behind their node.
  var allNodeNames: [String] { nodes.flatMap { [$0.name] + $0.subgraphs.flatMap(\.allNodeNames) } }
}
