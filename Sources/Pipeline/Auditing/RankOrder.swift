import Synchronization

/// Hands results to `sink` in the order of their places, whatever the order in which workers deliver them, so that sums
/// do not depend on the number of workers.
final class RankOrder<Result: Sendable>: Sendable {
  private struct State {
    var next = 0
    /// Nil for samples without a result.
    var waiting: [Int: Result?] = [:]
  }

  private let state = Mutex(State())
  private let sink: @Sendable (Int, Result) -> Void

  /// - Parameter sink: Is called by one thread at a time.
  init(_ sink: @escaping @Sendable (Int, Result) -> Void) { self.sink = sink }

  func deliver(_ result: Result?, at place: Int) {
    state.withLock { state in
      state.waiting[place] = .some(result)
      while let ready = state.waiting.removeValue(forKey: state.next) {
        if let ready { sink(state.next, ready) }
        state.next += 1
      }
    }
  }
}
