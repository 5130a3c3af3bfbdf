import Executor
import ONNX
package import PrecisionAudit
import Synchronization
import TensorCore

/// Changes of the network, and what the changed network in 16 bits was measured to do beside the old one in float32.
package struct EditTrial: Sendable {
  package let edits: [ModelCure]
  package let trial: MixedTrial
  package let meetsGoal: Bool
}

extension MixedTrial {
  /// Whether fewer outputs break than in `other`, or as many with a smaller error.
  fileprivate func isBetter(than other: MixedTrial) -> Bool {
    if totals.broken != other.totals.broken { return totals.broken < other.totals.broken }
    return totals.error.noise < other.totals.error.noise
  }
}

extension AuditWork {
  /// How many edits are tried one by one where all together do not do.
  private static let mostSingleEdits = 16

  /// Which of the edits that findings offer help, applied to the network; nil where none are offered.
  func verifyEdits(
    _ findings: [AuditFinding], _ goal: CureGoal, _ baseline: MixedTrial
  ) throws(PipelineError) -> EditTrial? {
    var edits: [ModelCure] = []
    for case let edit? in findings.filter({ $0.severity < .info }).map(\.edit) where !edits.contains(edit) {
      edits.append(edit)
    }
    guard !edits.isEmpty else { return nil }
    var best = try trial(of: edits)
    if !goal.isMet(by: best), edits.count > 1 {
      var helpful: [ModelCure] = [], current = baseline
      for edit in edits.prefix(AuditWork.mostSingleEdits) {
        let trial = try trial(of: helpful + [edit])
        if trial.isBetter(than: current) { (helpful, current) = (helpful + [edit], trial) }
      }
      if current.isBetter(than: best) { (edits, best) = (helpful, current) }
    }
    guard goal.isMet(by: best) || best.isBetter(than: baseline) else {
      return EditTrial(edits: [], trial: baseline, meetsGoal: false)
    }
    return EditTrial(edits: edits, trial: best, meetsGoal: goal.isMet(by: best))
  }

  /// Runs the changed network in 16 bits throughout, beside the old one in float32.
  private func trial(of edits: [ModelCure]) throws(PipelineError) -> MixedTrial {
    let changed: Network
    do {
      changed = try Network(
        edits.reduce(runner.network.model) { $1.applied(to: $0) }, registry: registry)
    } catch {
      throw PipelineError(.internalError, "the changed network: \(error)")
    }
    let arithmetic = settings.arithmetic
    return try measureTrial(makeState: { EditedLane(changed, arithmetic) }) { lane, session throws(OperatorError) in
      OutputEffect(reference: session.wideOutputs, narrow: try lane.narrowOutputs(session.sample))
    }
  }
}

/// One worker's session for the changed network.
private final class EditedLane {
  private let network: Network
  private let arithmetic: NarrowArithmetic
  private var session: TwinSession?

  init(_ network: Network, _ arithmetic: NarrowArithmetic) {
    self.network = network
    self.arithmetic = arithmetic
  }

  func narrowOutputs(_ sample: [Tensor]) throws(OperatorError) -> [Tensor] {
    let types = sample.map(\.type)
    let session: TwinSession
    if let known = self.session, known.plan.inputTypes == types {
      session = known
    } else {
      session = TwinSession(try network.twinPlan(for: types, arithmetic))
      self.session = session
    }
    try session.load(sample)
    try session.run(narrow: { _ in true })
    return session.outputs
  }
}
