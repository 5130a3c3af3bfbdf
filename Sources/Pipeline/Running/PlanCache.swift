import Executor
import Synchronization
import TensorCore

/// Plans by the shapes of a sample, shared by the workers: samples of one size are planned once.
final class PlanCache: Sendable {
  private let network: Network
  private let policy: NumericPolicy
  private let scope: ObservationScope
  private let plans = Mutex<[Entry]>([])

  /// How many plans are kept; the one used longest ago goes first.
  private static let capacity = 16

  /// A plan that the first worker to ask makes, while others that ask wait: a second one would hold all weights once more.
  private final class Entry: Sendable {
    let types: [TensorType]
    private let plan = Mutex<Plan?>(nil)

    init(types: [TensorType]) { self.types = types }

    func plan(_ make: () throws(OperatorError) -> Plan) throws(OperatorError) -> Plan {
      try plan.withLock { plan throws(OperatorError) in
        if let plan { return plan }
        let made = try make()
        plan = made
        return made
      }
    }
  }

  init(network: Network, policy: NumericPolicy, scope: ObservationScope) {
    self.network = network
    self.policy = policy
    self.scope = scope
  }

  func plan(for types: [TensorType]) throws(OperatorError) -> Plan {
    // The cache itself is not locked meanwhile: workers with samples of other sizes go on.
    try entry(for: types).plan { () throws(OperatorError) in
      try network.plan(for: types, policy: policy, observing: scope)
    }
  }

  private func entry(for types: [TensorType]) -> Entry {
    plans.withLock { plans in
      let known = plans.firstIndex { $0.types == types }
      let entry = known.map { plans.remove(at: $0) } ?? Entry(types: types)
      if plans.count == PlanCache.capacity { plans.removeFirst() }
      plans.append(entry)
      return entry
    }
  }
}
