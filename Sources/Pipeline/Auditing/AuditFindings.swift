import Executor
import Foundation
import ONNX
import PrecisionAudit
import TensorCore

/// All findings of an audit, in the order of their urgency.
struct AuditFindings {
  let plan: TwinPlan
  let statistics: [UnitStatistics]
  let sensitivity: Sensitivity
  let totals: EffectTotals
  let samples: [AuditOutcome.SampleEntry]
  let slices: [AuditOutcome.SliceEntry]
  let goal: CureGoal
  let baseline: MixedTrial
  let cure: CureSearch.Result?

  func all(_ model: Model) -> [AuditFinding] {
    var findings = StaticAudit(plan).findings(model)
    findings += DynamicFindings(plan, statistics).findings()
    join(&findings)
    findings += sensitive(&findings)
    findings += wholeNetwork + changedBoxes + retraining + stricken
    offerRescaling(&findings, model.graph)
    return findings.enumerated().sorted { a, b in
      (a.element.severity, a.offset) < (b.element.severity, b.offset)
    }.map(\.element)
  }

  /// What data show of a node that the network's constants explain is said once, with the explanation.
  private func join(_ findings: inout [AuditFinding]) {
    let causes: Set<AuditFinding.Kind> = [
      .mask, .vanishingEpsilon, .weightsOverflow, .weightsVanish, .weightsSubnormal, .largeIntegers,
    ]
    for index in findings.indices where [.innerOverflow, .precisionLoss, .overflow].contains(findings[index].kind) {
      let effect = findings[index]
      guard
        let cause = findings.firstIndex(where: {
          guard let node = $0.nodes.first, effect.nodes.contains(node) else { return false }
          return effect.kind == .overflow ? [.mask, .weightsOverflow].contains($0.kind) : causes.contains($0.kind)
        })
      else { continue }
      if effect.severity < findings[cause].severity { findings[cause].severity = effect.severity }
      findings[cause].evidence += "; on the samples: \(effect.evidence)"
      findings[index].nodes = []
    }
    for index in findings.indices where findings[index].kind == .reductionRange {
      let isSaid = findings[..<index].contains {
        $0.kind == .reductionRange && $0.nodes.first == findings[index].nodes.first
      }
      if isSaid, findings[index].severity == .info { findings[index].nodes = [] }
    }
    findings.removeAll { $0.nodes.isEmpty }
    gather(&findings)
  }

  /// What one constant does to many nodes that read it is one finding, with the node named first that comes first.
  private func gather(_ findings: inout [AuditFinding]) {
    var first: [AuditFinding.Kind: [ModelCure: Int]] = [:]
    for index in findings.indices {
      guard let edit = findings[index].edit else { continue }
      let kind = findings[index].kind
      guard let place = first[kind]?[edit] else {
        first[kind, default: [:]][edit] = index
        continue
      }
      findings[place].nodes += findings[index].nodes
      findings[place].severity = min(findings[place].severity, findings[index].severity)
      findings[index].nodes = []
    }
    findings.removeAll { $0.nodes.isEmpty }
  }

  /// Layers that alone break outputs or change decisions: raises what explains them, and names those without explanation.
  private func sensitive(_ findings: inout [AuditFinding]) -> [AuditFinding] {
    var own: [AuditFinding] = []
    for (place, entry) in statistics.enumerated() {
      guard let totals = sensitivity.totals(of: entry.unit.key), totals.broken > 0 || totals.flips > 0 else { continue }
      let isBroken = totals.broken > 0
      let evidence =
        isBroken
        ? "alone it breaks the outputs of \(totals.broken) of \(totals.samples) samples"
        : "alone it flips \(totals.flips) of \(totals.decisions) decisions, at "
          + AuditWords.decibels(totals.error.decibels)
      let explained = findings.firstIndex { finding in
        finding.nodes.contains { entry.unit.nodes.contains($0) } && finding.severity < .info
          || finding.kind == .vanishingEpsilon
            && finding.nodes.contains { entry.unit.nodes.contains($0) }
      }
      if let explained {
        if isBroken { findings[explained].severity = .error }
        findings[explained].evidence += "; " + evidence
        continue
      }
      let sources = plan.producers[place]
      if sources.contains(where: { statistics[$0].span.overflows > 0 }) { continue }
      let isThin = !isBroken && totals.error.decibels > 30
      own.append(
        AuditFinding(
          isBroken ? .error : .warning, isThin ? .thinMargin : .sensitive, at: entry.unit.nodes,
          tensor: entry.unit.tensor,
          what: isBroken
            ? "In 16 bits the layer alone breaks the outputs"
            : isThin
              ? "Decisions hang on differences that the layer's format does not resolve"
              : "In 16 bits the layer alone changes decisions", evidence: evidence,
          cure: isThin
            ? "Keep the layer and its result in float32; or train for wider margins"
            : "Keep the layer in float32; retrain it in reduced precision where that is not enough"))
    }
    return own
  }

  private var wholeNetwork: [AuditFinding] {
    var found: [AuditFinding] = []
    let name = plan.arithmetic.format.rawValue.uppercased()
    if totals.broken > 0 {
      let first = samples.first { $0.effect.isBroken }.map { ", the first '\($0.identifier)'" } ?? ""
      found.append(
        AuditFinding(
          .error, .brokenOutput, at: [], what: "Outputs become infinite or NaN",
          evidence: "\(totals.broken) of \(totals.samples) samples\(first)",
          cure: "Keep the layers that the cure names in float32"))
    }
    if totals.flips > 0 {
      let flipped = samples.filter(\.effect.isFlip)
      let shown = flipped.prefix(20).map { "\($0.identifier) (\($0.effect.words))" }.joined(separator: ", ")
      let rest = flipped.count > 20 ? " and \(flipped.count - 20) more" : ""
      let isTooMany = goal.mostFlips.map { totals.flipShare > $0 } ?? false
      found.append(
        AuditFinding(
          isTooMany ? .error : .warning, .flips, at: [], what: "Decisions differ between FP32 and \(name)",
          evidence: "\(totals.flips) of \(totals.decisions) (\(AuditWords.share(totals.flipShare))): \(shown)\(rest)",
          cure: isTooMany ? "Keep the layers that the cure names in float32" : ""))
    }
    return found
  }

  /// Samples of a detector on which objects are lost or made up.
  private var changedBoxes: [AuditFinding] {
    let changed = samples.filter { $0.boxes?.isChange == true }
    guard !changed.isEmpty else { return [] }
    let shown = changed.sorted { ($0.boxes?.severity ?? 0, $1.rank) > ($1.boxes?.severity ?? 0, $0.rank) }.prefix(20)
      .map { "\($0.identifier) (\($0.boxes?.words ?? ""))" }.joined(separator: ", ")
    let rest = changed.count > 20 ? " and \(changed.count - 20) more" : ""
    return [
      AuditFinding(
        .warning, .detections, at: [], what: "Objects that FP32 finds are lost, or others added",
        evidence: "\(changed.count) of \(samples.count) samples: \(shown)\(rest)",
        cure: "Keep the layers that the cure names in float32")
    ]
  }

  /// Where float32 would have to stay in a good part of the network though nothing breaks, the layers that bring most of
  /// the error are better trained in reduced precision.
  private var retraining: [AuditFinding] {
    guard let cure, baseline.totals.broken == 0,
      !cure.meetsGoal || cure.kept.count >= 4 && 4 * cure.kept.count > plan.units.count
    else { return [] }
    let ranked = sensitivity.ranking(of: plan.units.map(\.key)).compactMap { key in
      sensitivity.totals(of: key).map { (key, $0) }
    }.filter { $0.1.broken == 0 && $0.1.error.noise > 0 }
    let all = ranked.reduce(0) { $0 + $1.1.error.noise }
    var nodes: [String] = [], share = 0.0
    for (key, totals) in ranked where share < 0.9 * all {
      nodes += plan.units.first { $0.key == key }?.nodes.prefix(1) ?? []
      share += totals.error.noise
    }
    guard !nodes.isEmpty else { return [] }
    let reason =
      cure.meetsGoal
      ? "\(cure.kept.count) of \(plan.units.count) layers would have to stay in float32"
      : "no set of layers to keep was found"
    return [
      AuditFinding(
        .warning, .retrain, at: nodes, what: "No small set of layers in float32 restores the network",
        evidence: "\(reason); these \(nodes.count) bring \(AuditWords.share(share / all)) of the error at the outputs",
        cure: "Train these layers in reduced precision: with their weights and results rounded in the forward pass")
    ]
  }

  /// What a power of two moved into the next layer may cure.
  private func offerRescaling(_ findings: inout [AuditFinding], _ graph: Graph) {
    let curable: Set<AuditFinding.Kind> = [
      .weightsVanish, .weightsSubnormal, .weightsOverflow, .hotChannel, .overflow, .underflow,
    ]
    for index in findings.indices {
      let finding = findings[index]
      guard finding.edit == nil, finding.severity < .info, curable.contains(finding.kind),
        let node = finding.nodes.first, let entry = statistics.first(where: { $0.unit.nodes.contains(node) })
      else { continue }
      let channel = finding.kind == .hotChannel ? entry.channels.hottest?.channel : nil
      findings[index].edit = Rescaling(
        of: node, channel: channel, amax: entry.span.amax, in: graph, plan.arithmetic.format
      ).map(ModelCure.rescale)
    }
  }

  /// Slices whose damage is unlikely to be chance.
  private var stricken: [AuditFinding] {
    slices.filter { $0.p < 0.05 && $0.mean > $0.rest }.map { slice in
      AuditFinding(
        slice.isOfDecisions ? .error : .info, .slice, at: [],
        what: slice.isOfDecisions
          ? "Samples with \(slice.column) = \(slice.value) lose more decisions than the others"
          : "Samples with \(slice.column) = \(slice.value) suffer larger errors than the others, though none flips",
        evidence: "\(AuditWords.share(slice.mean)) against \(AuditWords.share(slice.rest)), "
          + "p = \(String(format: "%.2g", slice.p)) adjusted for \(slices.count) slices",
        cure: slice.isOfDecisions
          ? "Keep the layers that the cure names in float32, and measure this slice by itself" : "")
    }
  }
}

extension OutputEffect {
  /// `3 → 5`.
  var words: String {
    "\(decision.map(String.init) ?? "none") → \(narrowDecision.map(String.init) ?? "none")"
  }
}

/// Powers that several files need.
enum Power {
  static func of10(_ exponent: Double) -> Double { pow(10, exponent) }
}
