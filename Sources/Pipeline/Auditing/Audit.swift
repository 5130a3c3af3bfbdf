import CalibrationData
import Evaluation
import Executor
import Foundation
import ONNX
import PrecisionAudit
import Synchronization
import TensorCore

extension AuditSettings {
  /// Runs the network over the samples in float32 and in 16 bits, and finds out what that breaks.
  ///
  /// - Throws: ``PipelineError``; nothing is written by this call.
  package func audit(control: RunControl = RunControl()) throws(PipelineError) -> AuditOutcome {
    guard let model = recipe.model else {
      throw PipelineError(.usage, "network: expected an ONNX file, found none; name one or give --recipe")
    }
    guard let data = recipe.test ?? recipe.data else {
      throw PipelineError(.usage, "samples: expected a data set, found none; give --data or --recipe")
    }
    let plugins = try Plugins(plugins)
    let loaded = try LoadedNetwork(path: model, plugins: plugins)
    let set: SampleSet
    do {
      set = try SampleSet.open(
        data,
        options: SampleSet.Options(
          rawShape: recipe.rawShape, labels: recipe.labels, labelForm: recipe.labelForm))
    } catch {
      throw PipelineError(error)
    }
    let used = SampleSelection(limit: recipe.samples, seed: recipe.seed).ranks(of: set.count).map { set.samples[$0] }
    let (network, folded) = try foldedNetwork(loaded, plugins)
    let runner = AuditRunner(
      network: network, samples: used, preprocessing: recipe.preprocessing, arithmetic: arithmetic,
      workers: threads ?? ProcessInfo.processInfo.activeProcessorCount, onBadSample: onBadSample, control: control)
    let work = try AuditWork(self, runner)
    return try work.outcome(
      loaded, data: set, folded: folded, notes: loaded.network.model.notes.map { "\(model): \($0)" })
  }

  /// Where steps are fused, normalizations are folded into the layers before them first, as builders do before they round
  /// the weights.
  private func foldedNetwork(
    _ loaded: LoadedNetwork, _ plugins: Plugins
  ) throws(PipelineError) -> (Network, [String: [String]]) {
    guard arithmetic.rounding == .fused else { return (loaded.network, [:]) }
    var model = loaded.network.model
    let (graph, folded) = model.graph.foldingBatchNorm(opsets: model.opsets)
    guard !folded.isEmpty else { return (loaded.network, [:]) }
    model.graph = graph
    var names: [String: [String]] = [:]
    for (gone, into) in folded { names[into, default: []].append(gone) }
    do {
      return (try Network(model, registry: plugins.registry), names)
    } catch {
      throw PipelineError(.badData, "\(loaded.path): \(error)")
    }
  }
}

/// The passes of an audit, one after the other.
private final class AuditWork {
  private let settings: AuditSettings
  private let runner: AuditRunner
  private let plan: TwinPlan
  private var statistics: [UnitStatistics]
  private var samples: [AuditOutcome.SampleEntry] = []
  private var totals = EffectTotals()
  private let started = ContinuousClock.now
  private var marks: [Double] = []

  init(_ settings: AuditSettings, _ runner: AuditRunner) throws(PipelineError) {
    self.settings = settings
    self.runner = runner
    plan = try runner.firstPlan()
    statistics = plan.units.map { UnitStatistics($0, settings.arithmetic.format) }
  }

  private var seconds: Double { (ContinuousClock.now - started) / .seconds(1) }
  private var isOver: Bool { settings.budget.map { seconds - (marks.first ?? 0) > $0 } ?? false }

  func outcome(
    _ loaded: LoadedNetwork, data: SampleSet, folded: [String: [String]], notes: [String]
  ) throws(PipelineError) -> AuditOutcome {
    try measureAll()
    marks.append(seconds)
    let goal = settings.goal ?? .standard(hasDecisions: totals.decisions > 0)
    let baseline = MixedTrial(totals, drop: drop(samples.map { ($0.label, $0.effect) }))
    var sensitivity = Sensitivity()
    var cure: CureSearch.Result?
    if settings.looksForCure {
      try measureEach(&sensitivity)
      marks.append(seconds)
      cure = try search(goal, baseline, sensitivity)
      marks.append(seconds)
    }
    let slices = AuditSlices.entries(samples)
    let findings = AuditFindings(
      plan: plan, statistics: statistics, sensitivity: sensitivity, totals: totals, samples: samples, slices: slices,
      goal: goal, baseline: baseline
    ).all(runner.network.model)
    return AuditOutcome(
      arithmetic: settings.arithmetic, modelPath: loaded.path, modelDigest: loaded.digest, dataLocation: data.location,
      dataDigest: Digest.ofSet(data.contentPaths),
      kernelClass: "\(KernelClass.current.instructionSet), \(KernelClass.current.blas)",
      preprocessing: settings.recipe.preprocessing.map { "\($0)" } ?? "none", units: statistics, samples: samples,
      totals: totals, baseline: baseline, goal: goal, sensitivity: sensitivity, cure: cure, findings: findings,
      slices: slices, skipped: runner.skipped, folded: folded, seconds: marks, notes: notes)
  }

  // MARK: Every layer in 16 bits

  private func measureAll() throws(PipelineError) {
    let shared = Mutex(
      Gathered(units: statistics, samples: [], totals: EffectTotals()))
    let all = runner.samples, units = plan.units, format = settings.arithmetic.format
    let audits = try runner.pass(
      makeState: { SampleAudit(units: units, format: format) },
      measure: { audit, _, session throws(OperatorError) in try audit.measure(session) },
      collect: { place, result in
        shared.withLock { shared in
          let sample = all[place]
          for i in result.units.indices { shared.units[i].add(result.units[i], rank: sample.rank) }
          shared.totals.add(result.effect, rank: sample.rank)
          shared.samples.append(
            AuditOutcome.SampleEntry(
              rank: sample.rank, identifier: sample.identifier, label: sample.label,
              slices: sample.slices.map { ($0.column, $0.value) }, effect: result.effect))
        }
      })
    (statistics, samples, totals) = shared.withLock { ($0.units, $0.samples, $0.totals) }
    for audit in audits { for (i, span) in audit.spans.enumerated() { statistics[i].span.merge(span) } }
  }

  private struct Gathered {
    var units: [UnitStatistics]
    var samples: [AuditOutcome.SampleEntry]
    var totals: EffectTotals
  }

  // MARK: Each layer alone

  /// How many layers share one float32 run of a sample.
  private static let batchSize = 16

  private func measureEach(_ sensitivity: inout Sensitivity) throws(PipelineError) {
    // The most suspicious first: what breaks, then what is least exact.
    let order = statistics.sorted { a, b in
      let x = a.local.decibels, y = b.local.decibels
      return x == y || x.isNaN || y.isNaN ? a.unit.key < b.unit.key : x < y
    }.filter { $0.local.noise > 0 || $0.local.broken > 0 }.map(\.unit.key)
    var place = 0
    while place < order.count, place == 0 || !isOver {
      let keys = Array(order[place..<min(place + AuditWork.batchSize, order.count)])
      let gathered = Mutex(Array(repeating: EffectTotals(), count: keys.count))
      let all = runner.samples
      _ = try runner.pass(
        makeState: { Nothing() },
        measure: { _, _, session throws(OperatorError) in
          var effects: [OutputEffect?] = []
          for key in keys { effects.append(try SampleAudit.effect(ofUnit: key, session)) }
          return effects
        },
        collect: { place, effects in
          gathered.withLock { totals in
            for (i, effect) in effects.enumerated() { if let effect { totals[i].add(effect, rank: all[place].rank) } }
          }
        })
      let totals = gathered.withLock { $0 }
      for (key, totals) in zip(keys, totals) { sensitivity.entries.append(.init(key: key, totals: totals)) }
      place += keys.count
    }
  }

  private final class Nothing {}

  // MARK: The cure

  private func search(
    _ goal: CureGoal, _ baseline: MixedTrial, _ sensitivity: Sensitivity
  ) throws(PipelineError) -> CureSearch.Result {
    let ranking = sensitivity.ranking(of: plan.units.map(\.key))
    return try CureSearch(goal, ranking: ranking).run(baseline: baseline, isOver: { isOver }) {
      kept throws(PipelineError) in try trial(keeping: kept)
    }
  }

  private func trial(keeping kept: Set<Int>) throws(PipelineError) -> MixedTrial {
    let gathered = Mutex((totals: EffectTotals(), labelled: [(Int?, OutputEffect)]()))
    let all = runner.samples
    _ = try runner.pass(
      makeState: { Nothing() },
      measure: { _, _, session throws(OperatorError) in try SampleAudit.effect(keeping: kept, session) },
      collect: { place, effect in
        gathered.withLock { gathered in
          gathered.totals.add(effect, rank: all[place].rank)
          if let label = all[place].label { gathered.labelled.append((label, effect)) }
        }
      })
    let (totals, labelled) = gathered.withLock { ($0.totals, $0.labelled) }
    return MixedTrial(totals, drop: drop(labelled))
  }

  /// The accuracy of float32 less that of the mixed network; nil without labels or decisions.
  private func drop(_ effects: [(Int?, OutputEffect)]) -> Double? {
    let labelled = effects.filter { $0.0 != nil && $0.1.decision != nil }
    guard !labelled.isEmpty else { return nil }
    let wide = labelled.count { $0.0 == $0.1.decision }, narrow = labelled.count { $0.0 == $0.1.narrowDecision }
    return Double(wide - narrow) / Double(labelled.count)
  }
}
