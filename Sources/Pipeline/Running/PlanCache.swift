import Executor
import Synchronization
import TensorCore

/// Plans by the shapes of a sample, shared by the workers: samples of one size are planned once.
final class PlanCache: Sendable {
  private let network: Network
  private let policy: NumericPolicy
  private let scope: ObservationScope
  private let plans = Mutex<[(types: [TensorType], plan: Plan)]>([])

  /// How many plans are kept; the one used longest ago goes first.
  private static let capacity = 16

  init(network: Network, policy: NumericPolicy, scope: ObservationScope) {
    self.network = network
    self.policy = policy
    self.scope = scope
  }

  func plan(for types: [TensorType]) throws(OperatorError) -> Plan {
    if let plan = lookUp(types) { return plan }
    // Made outside the lock: two workers may make the same plan, and either will do.
    let plan = try network.plan(for: types, policy: policy, observing: scope)
    plans.withLock { plans in
      if plans.count == PlanCache.capacity { plans.removeFirst() }
      plans.append((types, plan))
    }
    return plan
  }

  private func lookUp(_ types: [TensorType]) -> Plan? {
    plans.withLock { plans in
      guard let index = plans.firstIndex(where: { $0.types == types }) else { return nil }
      let found = plans.remove(at: index)
      plans.append(found)
      return found.plan
    }
  }
}
