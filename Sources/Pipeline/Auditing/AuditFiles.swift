import Executor
import Foundation
import ONNX
import PrecisionAudit
import Reporting
import TensorCore

/// The files that an audit writes.
package struct AuditFiles: Sendable {
  /// By the ending of their names: .html, .json, .md.
  package var reports: [String] = []
  package var plan: String?
  package var nodeList: String?
  package var namedNetwork: String?
  /// The network with the edits that help; written only where there are some.
  package var curedNetwork: String?
  /// Written by the audit itself, as it goes on.
  package var state: String?
  package var showsPictures = true

  package init() {}

  /// Finds out before the work whether everything can be written.
  package func check(besides settings: AuditSettings) throws(PipelineError) {
    for path in reports where !["html", "json", "md"].contains((path as NSString).pathExtension) {
      throw PipelineError(
        .usage, "--report: expected a name that ends in .html, .json or .md, found '\(path)'; rename it")
    }
    let others = [plan, nodeList, namedNetwork, curedNetwork, state].compactMap(\.self)
    try OutputCheck.check(reports + others, besides: settings.recipe.files)
  }

  package func write(_ outcome: AuditOutcome, _ settings: AuditSettings) throws(PipelineError) {
    let document = reports.isEmpty ? nil : outcome.report(showsPictures: showsPictures, settings)
    do {
      for path in reports {
        guard let document else { continue }
        switch (path as NSString).pathExtension {
        case "html": try AtomicFile.write(try HTMLRenderer.render(document), to: path)
        case "json": try AtomicFile.write(JSONRenderer.render(document), to: path)
        default: try AtomicFile.write(MarkdownRenderer.render(document), to: path)
        }
      }
      if let nodeList { try AtomicFile.write(outcome.nodePatterns, to: nodeList) }
      if let namedNetwork { try ONNXWriter.write(try ONNXReader.readModel(at: outcome.modelPath), to: namedNetwork) }
      if let curedNetwork, let edits = outcome.edits?.edits, !edits.isEmpty {
        let (model, _) = settings.foldedModel(
          try LoadedNetwork(path: outcome.modelPath, plugins: Plugins(settings.plugins)).network.model)
        try ONNXWriter.write(edits.reduce(model) { $1.applied(to: $0) }, to: curedNetwork)
      }
      if let plan { try AtomicFile.write(outcome.plan, to: plan) }
    } catch {
      throw PipelineError(error)
    }
  }
}
