import Executor
import Foundation
import ONNX

extension ExportJob {
  /// Refuses what cannot be written, and to write over what is read.
  ///
  /// - Parameter model: The network; nil where it is not read yet.
  func checkOutputs(_ model: Model? = nil) throws(PipelineError) {
    var outputs = [settings.output, settings.output + ".json"]
    if let model, settings.usesExternalData || ONNXWriter.needsExternalData(model) {
      outputs.append(ONNXWriter.externalPath(for: settings.output))
    }
    try OutputCheck.check(
      outputs, besides: [settings.model, settings.calibration, settings.plan] + (model?.externalFiles ?? []))
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
