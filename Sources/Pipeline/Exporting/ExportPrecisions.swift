import ONNX
import Quantization

/// Which node is to compute in which format, after the plan file and the flags.
struct ExportPrecisions {
  /// Nodes that differ from the rest, by name; flags count before the plan.
  private let exceptions: [String: NodePrecision]
  private let standard: NodePrecision
  private let nodes: [String]

  /// - Parameters:
  ///   - standard: For every node that nothing else speaks of, where there is no plan. A plan that speaks of 16 bits alone
  ///     says nothing of INT8: where that is the standard, such a plan gives only its exceptions.
  ///   - digest: SHA-256 of the network.
  init(
    _ settings: ExportSettings, graph: Graph, standard: NodePrecision, digest: String
  ) throws(PipelineError) {
    nodes = graph.allNodeNames
    var exceptions: [String: NodePrecision] = [:]
    var planned = standard
    if let path = settings.plan {
      let plan = try PlanFile.read(path, for: graph, digest: digest)
      if standard != .int8 || !plan.isOf16Bits { planned = plan.standard }
      exceptions = plan.precisions
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

extension PrecisionPlan {
  /// Whether it has 16 bits for its standard and no node in INT8.
  fileprivate var isOf16Bits: Bool {
    (standard == .fp16 || standard == .bf16) && !exceptions.contains { $0.precision == .int8 }
  }
}
