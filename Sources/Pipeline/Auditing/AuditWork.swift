import CalibrationData
import Executor
import PrecisionAudit
import Synchronization
import TensorCore

/// The passes of an audit, one after the other.
final class AuditWork {
  let settings: AuditSettings
  let runner: AuditRunner
  let registry: OperatorRegistry
  private let state: AuditState?
  private let detections: DetectionReading?
  private let plan: TwinPlan
  private var statistics: [UnitStatistics]
  private var samples: [AuditOutcome.SampleEntry] = []
  private var totals = EffectTotals()
  private let started = ContinuousClock.now
  private var marks: [Double] = []
  /// Whether the time ran out before everything was measured.
  private(set) var wasCut = false

  /// - Parameter state: Where measurements of single layers and trials are saved, and found.
  init(
    _ settings: AuditSettings, _ runner: AuditRunner, _ registry: OperatorRegistry, _ state: AuditState?
  ) throws(PipelineError) {
    self.settings = settings
    self.runner = runner
    self.registry = registry
    self.state = state
    detections = try settings.recipe.decoder.map { recipe throws(PipelineError) in try DetectionReading(recipe) }
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
    var notes = notes
    if wasCut {
      notes.append(
        "--budget: \(sensitivity.entries.count) of \(plan.units.count) layers were measured before the time ran out"
          + (settings.statePath.map { "; they are saved in \($0): run the same again with --resume" } ?? ""))
    }
    if detections != nil, samples.allSatisfy({ $0.boxes == nil }) {
      notes.append("recipe, decoder: expected outputs that it reads, found others; boxes are not compared")
    }
    let slices = AuditSlices.entries(samples)
    let findings = AuditFindings(
      plan: plan, statistics: statistics, sensitivity: sensitivity, totals: totals, samples: samples, slices: slices,
      goal: goal, baseline: baseline, cure: cure
    ).all(runner.network.model)
    let edits = settings.looksForCure ? try verifyEdits(findings, goal, baseline) : nil
    marks.append(seconds)
    return AuditOutcome(
      arithmetic: settings.arithmetic, modelPath: loaded.path, modelDigest: loaded.digest, dataLocation: data.location,
      dataDigest: Digest.ofSet(data.contentPaths),
      kernelClass: "\(KernelClass.current.instructionSet), \(KernelClass.current.blas)",
      preprocessing: settings.recipe.preprocessing.map { "\($0)" } ?? "none", units: statistics, samples: samples,
      totals: totals, baseline: baseline, goal: goal, sensitivity: sensitivity, cure: cure, edits: edits,
      findings: findings, slices: slices, skipped: runner.skipped, folded: folded, seconds: marks,
      peakMemory: PeakMemory.bytes, notes: notes)
  }

  // MARK: Every layer in 16 bits

  private func measureAll() throws(PipelineError) {
    let shared = Mutex(
      Gathered(units: statistics, samples: [], totals: EffectTotals()))
    let all = runner.samples, units = plan.units, format = settings.arithmetic.format, detections = detections
    let audits = try runner.pass(
      makeState: { SampleAudit(units: units, format: format) },
      measure: { audit, _, session throws(OperatorError) in
        let result = try audit.measure(session)
        return (result, detections?.change(session.wideOutputs, session.outputs))
      },
      collect: { place, measured in
        shared.withLock { shared in
          let (result, boxes) = measured
          let sample = all[place]
          for i in result.units.indices { shared.units[i].add(result.units[i], rank: sample.rank) }
          shared.totals.add(result.effect, rank: sample.rank)
          shared.samples.append(
            AuditOutcome.SampleEntry(
              rank: sample.rank, identifier: sample.identifier, label: sample.label,
              slices: sample.slices.map { ($0.column, $0.value) }, effect: result.effect, boxes: boxes))
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
    var rest: [Int] = []
    for key in order {
      if let known = state?.effect(ofLayer: key) {
        sensitivity.entries.append(.init(key: key, totals: known))
      } else {
        rest.append(key)
      }
    }
    var place = 0
    while place < rest.count, sensitivity.entries.isEmpty || !isOver {
      let keys = Array(rest[place..<min(place + AuditWork.batchSize, rest.count)])
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
      try state?.add(zip(keys, totals).map { ($0, $1) })
      place += keys.count
    }
    wasCut = place < rest.count
  }

  /// For passes whose workers keep nothing.
  private final class Nothing {}

  // MARK: The cure

  private func search(
    _ goal: CureGoal, _ baseline: MixedTrial, _ sensitivity: Sensitivity
  ) throws(PipelineError) -> CureSearch.Result {
    let ranking = sensitivity.ranking(of: plan.units.map(\.key))
    let result = try CureSearch(goal, ranking: ranking).run(baseline: baseline, isOver: { isOver }) {
      kept throws(PipelineError) in try trial(keeping: kept)
    }
    wasCut = wasCut || !result.isMinimal && isOver
    return result
  }

  private func trial(keeping kept: Set<Int>) throws(PipelineError) -> MixedTrial {
    if let known = state?.trial(keeping: kept) { return known }
    let trial = try measureTrial(makeState: { Nothing() }) { _, session throws(OperatorError) in
      try SampleAudit.effect(keeping: kept, session)
    }
    try state?.add(trial, keeping: kept)
    return trial
  }

  /// What `effect` measures over all samples.
  func measureTrial<State: AnyObject>(
    makeState: () -> State,
    effect: @escaping @Sendable (State, TwinSession) throws(OperatorError) -> OutputEffect
  ) throws(PipelineError) -> MixedTrial {
    let gathered = Mutex((totals: EffectTotals(), labelled: [(Int?, OutputEffect)]()))
    let all = runner.samples
    _ = try runner.pass(
      makeState: makeState,
      measure: { state, _, session throws(OperatorError) in try effect(state, session) },
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
