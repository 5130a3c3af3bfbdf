import Export
import Foundation
import ONNX
import Quantization

/// Which node is to compute in which format, after the plan file and the flags.
struct ExportPrecisions {
  /// Nodes that differ from the rest, by name; flags count before the plan.
  private let exceptions: [String: NodePrecision]
  private let standard: NodePrecision
  private let nodes: [String]

  /// - Parameter standard: For every node that nothing else speaks of, where there is no plan.
  init(_ settings: ExportSettings, graph: Graph, standard: NodePrecision) throws(PipelineError) {
    nodes = graph.allNodeNames
    var exceptions: [String: NodePrecision] = [:]
    var planned = standard
    if let path = settings.plan {
      let plan = try PlanFile.read(path)
      planned = plan.standard
      let known = Set(nodes)
      for exception in plan.exceptions {
        guard known.contains(exception.node) else {
          let nearest = CalibrationCheck.nearest(to: exception.node, among: nodes)
          throw PipelineError(.badData, "\(path): \(ExportError.unknownNode(exception.node, nearest: nearest))")
        }
        exceptions[exception.node] = exception.precision
      }
    }
    for (flag, patterns, precision) in [
      ("--keep-fp16", settings.keepFP16, NodePrecision.fp16), ("--keep-fp32", settings.keepFP32, .fp32),
    ] {
      for pattern in patterns {
        let one = try NamePatterns([pattern], flag: flag)
        let matching = nodes.filter(one.match)
        guard !matching.isEmpty else {
          throw PipelineError(
            .usage, "\(flag): expected a pattern that matches a node, found '\(pattern)'; qtool inspect lists the nodes"
          )
        }
        for name in matching { exceptions[name] = precision }
      }
    }
    self.exceptions = exceptions
    self.standard = planned
  }

  func precision(of node: String) -> NodePrecision { exceptions[node] ?? standard }

  /// Nodes that do not compute in INT8.
  var withoutIntegers: Set<String> { Set(nodes.filter { precision(of: $0) != .int8 }) }

  /// Nodes that do not compute in 16 bits either: those that are to be FP32.
  var full: Set<String> { Set(nodes.filter { precision(of: $0) == .fp32 }) }

  /// The exceptions as `trtexec` takes them, in the order of the graph.
  var layers: [(name: String, precision: String)] {
    nodes.compactMap { name in exceptions[name].map { (name, $0.rawValue) } }
  }
}

/// Reads plan files.
enum PlanFile {
  static func read(_ path: String) throws(PipelineError) -> PrecisionPlan {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw PipelineError(
        .missingInput, "\(path): expected a precision plan, found no file that can be read; check the path")
    }
    do {
      return try PrecisionPlan(json: [UInt8](bytes), place: path)
    } catch {
      throw PipelineError(.badData, "\(error)")
    }
  }
}

extension Graph {
  /// The names of all nodes, those of bodies behind their node.
  var allNodeNames: [String] { nodes.flatMap { [$0.name] + $0.subgraphs.flatMap(\.allNodeNames) } }
}
