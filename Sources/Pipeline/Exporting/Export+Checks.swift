import Executor
import Foundation
import ONNX

extension ExportJob {
  /// Refuses to write over what is read.
  func requireOtherFiles() throws(PipelineError) {
    let output = URL(filePath: settings.output).resolvingSymlinksInPath().path
    for input in [settings.model, settings.calibration, settings.plan].compactMap(\.self)
    where [output, output + ".json"].contains(URL(filePath: input).resolvingSymlinksInPath().path) {
      throw PipelineError(
        .usage, "--output: expected another file than those that are read, found '\(input)'; choose another name")
    }
  }

  /// Looks for nodes that nobody could verify: neither the executor nor the model itself says what they compute.
  func checkOperators(of model: Model, _ outcome: inout ExportOutcome) throws(PipelineError) {
    let inlined = model.inliningFunctions()
    guard let first = inlined.graph.firstUnknownNode else { return }
    let label = NodeLabel(first, opset: first.opset ?? inlined.opsets[first.domain] ?? 1)
    guard settings.allowsUnknownOperators else {
      throw PipelineError(
        .badData,
        "\(settings.model): \(label): expected an operator that qtool knows, found none of that name; correct it, or "
          + "leave such nodes as they are, in FP32, with --allow-unknown-operators")
    }
    outcome.warnings.append("\(label): left as it is; qtool does not know what it computes")
  }
}

extension Graph {
  /// The first node, in bodies too, whose operator the executor does not have.
  fileprivate var firstUnknownNode: Node? {
    for node in nodes {
      if !OperatorRegistry.standard.knows(NodeLabel(node, opset: 1)) { return node }
      for body in node.subgraphs { if let found = body.firstUnknownNode { return found } }
    }
    return nil
  }
}
