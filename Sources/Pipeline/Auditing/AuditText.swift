import Executor
import Foundation
package import PrecisionAudit
import TensorCore

extension AuditOutcome {
  private var name: String { arithmetic.format.rawValue.uppercased() }

  /// How the 16-bit run computed, in a few words.
  package var modelOfArithmetic: String {
    var words = [
      "\(arithmetic.format.rawValue)",
      "rounded after each \(arithmetic.rounding == .fused ? "fused step" : "operator")",
    ]
    switch arithmetic.accumulation {
    case .wide: words.append("sums in fp32")
    case .narrow(let block): words.append("sums in \(arithmetic.format.rawValue) by blocks of \(block) (a model)")
    }
    words.append("\(arithmetic.composites.rawValue) inside Softmax and normalizations")
    words.append(arithmetic.flushesSubnormals ? "subnormals flushed" : "subnormals kept")
    return words.joined(separator: ", ")
  }

  /// What the audit comes to.
  package var verdict: (isOk: Bool, isBad: Bool, text: String) {
    let effect =
      "\(AuditWords.decibels(totals.error.decibels)) at the outputs"
      + (totals.decisions > 0 ? ", \(totals.flips) of \(totals.decisions) decisions flip" : "")
    let errors = findings.count { $0.severity == .error }
    if meetsGoal {
      if errors == 0 {
        return (true, false, "\(name) holds: \(effect)")
      }
      return (false, false, "\(name) meets the goal (\(effect)), but look at \(errors) grave findings")
    }
    let edited = edits.flatMap { $0.meetsGoal && !$0.edits.isEmpty ? "; \(editWords($0))" : nil } ?? ""
    guard let cure else { return (false, true, "\(name) breaks it: \(effect)") }
    guard cure.meetsGoal else {
      return (
        false, true,
        "\(name) breaks it: \(effect); no set of layers to keep in FP32 was found in the time given"
          + (findings.contains { $0.kind == .retrain } ? ", see which to retrain" : "") + edited
      )
    }
    let count = cure.kept.count
    return (
      false, true,
      "\(name) breaks it: \(effect); with \(count) of \(units.count) layers in FP32 it holds: "
        + "\(AuditWords.decibels(cure.trial.totals.error.decibels))"
        + (totals.decisions > 0 ? ", \(cure.trial.totals.flips) flips" : "") + edited
    )
  }

  /// What the edited network was measured to do.
  func editWords(_ edits: EditTrial) -> String {
    let totals = edits.trial.totals
    let count = edits.edits.count
    return "with \(count) \(count == 1 ? "edit" : "edits") of the network and no layer in FP32 it "
      + (edits.meetsGoal ? "holds: " : "still breaks: ")
      + (totals.broken > 0
        ? "\(totals.broken) of \(totals.samples) samples broken" : AuditWords.decibels(totals.error.decibels))
      + (totals.decisions > 0 ? ", \(totals.flips) flips" : "")
  }

  /// What was asked of a cure.
  package var goalWords: String {
    var words = ["no broken output"]
    if let share = goal.mostFlips { words.append("at most \(AuditWords.share(share)) of decisions flipped") }
    if let least = goal.leastDecibels { words.append("at least \(AuditWords.decibels(least))") }
    if let drop = goal.mostDrop { words.append("at most \(AuditWords.share(drop)) of accuracy lost") }
    return words.joined(separator: ", ")
  }

  /// For standard output.
  package var text: String {
    var rows = [
      ("network", modelPath), ("samples", "\(samples.count) of \(dataLocation)"), ("computed", modelOfArithmetic),
      ("verdict", verdict.text), ("goal", goalWords),
    ]
    for finding in findings.prefix(8) where finding.severity < .info {
      let place = finding.nodes.first.map { ": \($0)" } ?? ""
      rows.append((finding.severity.word, "\(finding.kind.rawValue)\(place): \(finding.what)"))
    }
    let hidden = findings.count { $0.severity < .info } - findings.prefix(8).count { $0.severity < .info }
    if hidden > 0 { rows.append(("", "\(hidden) more findings in the report")) }
    for sample in worstSamples.filter({ $0.changesDecision }).prefix(3) {
      let words = sample.effect.isFlip ? sample.effect.words : sample.boxes?.words ?? ""
      rows.append((sample.effect.isFlip ? "flip" : "boxes", "\(sample.identifier): \(words)"))
    }
    if let edits, !edits.edits.isEmpty {
      rows += edits.edits.prefix(4).map { ("edit", "\($0)") }
      if edits.edits.count > 4 { rows.append(("", "\(edits.edits.count - 4) more edits in the report")) }
      rows.append(("edited", editWords(edits)))
    }
    if let cure, !cure.kept.isEmpty {
      rows.append(("keep", keptNodes.prefix(6).joined(separator: ", ") + (keptNodes.count > 6 ? ", …" : "")))
      rows.append(("flags", trtexecFlags))
    }
    return rows.map { $0.0.padding(toLength: 10, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
  }
}

extension AuditFinding.Severity {
  package var word: String {
    switch self {
    case .error: "error"
    case .warning: "warning"
    case .info: "info"
    }
  }
}
