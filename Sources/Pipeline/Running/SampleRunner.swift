package import CalibrationData
import Dispatch
package import Executor
import Synchronization
package import TensorCore

/// Runs every sample of a data set through a network, on several threads, each sample by itself.
///
/// What comes out for a sample does not depend on the number of workers nor on its neighbours.
package struct SampleRunner: Sendable {
  package let network: Network
  package let samples: [Sample]
  package let preprocessing: Preprocessing?
  package var workers: Int
  package var onBadSample: BadSamplePolicy
  package var policy = NumericPolicy()
  package var scope = ObservationScope.nothing
  /// How many times what its plan asks for each worker sets aside: more than 1 where sessions of other plans share it.
  package var memoryHeadroom = 1
  /// Is told of each sample that was left out, by its place in ``samples``, on the worker that did.
  package var onSkip: (@Sendable (_ index: Int, SkippedSample) -> Void)?

  /// What becomes of a sample that cannot be read or holds no numbers.
  package enum BadSamplePolicy: String, Sendable, CaseIterable {
    case fail, skip
  }

  /// A sample that was left out, and why.
  package struct SkippedSample: Sendable, Hashable {
    package let rank: Int
    package let identifier: String
    package let reason: String
  }

  package init(
    network: Network, samples: [Sample], preprocessing: Preprocessing?, workers: Int,
    onBadSample: BadSamplePolicy = .fail
  ) {
    self.network = network
    self.samples = samples
    self.preprocessing = preprocessing
    self.workers = max(1, min(workers, samples.count))
    self.onBadSample = onBadSample
  }

  /// What a worker shows of the sample it has run.
  package struct Finished {
    package let sample: Sample
    package let inputs: [Tensor]
    package let session: Session
  }

  /// Runs the samples.
  ///
  /// - Parameters:
  ///   - control: Is told of progress and asked whether to go on.
  ///   - makeState: Makes what one worker gathers.
  ///   - observer: The observer of a worker's state.
  ///   - finish: Called on the worker after each of its samples.
  /// - Returns: Each worker's state, and the samples left out, by rank.
  /// - Throws: What went wrong with the sample of the lowest rank.
  package func run<State: AnyObject>(
    control: RunControl, makeState: () -> State, observer: @Sendable (State) -> (any TensorObserver)?,
    finish: @Sendable (State, Finished) throws(PipelineError) -> Void
  ) throws(PipelineError) -> (states: [State], skipped: [SkippedSample]) {
    BLAS.useOneThread()
    let queue = WorkQueue(count: samples.count, control: control)
    let plans = PlanCache(network: network, policy: policy, scope: scope)
    // Each worker touches its own element only; the array is not resized meanwhile.
    let states = (0..<workers).map { _ in makeState() }
    let boxes = states.map(UncheckedBox.init)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      let state = boxes[worker].value
      do throws(PipelineError) {
        let lane = try Lane(runner: self, plans: plans)
        while let index = queue.next() {
          do throws(PipelineError) {
            let finished = try lane.run(samples[index], observer: observer(state))
            try finish(state, finished)
          } catch {
            if let skipped = queue.record(error, at: index, sample: samples[index], policy: onBadSample) {
              onSkip?(index, skipped)
            }
          }
          queue.finishOne()
        }
      } catch {
        _ = queue.record(error, at: -1, sample: nil, policy: .fail)
      }
    }
    try control.check()
    if let error = queue.firstError { throw error }
    return (states, queue.skipped)
  }
}

/// Carries a reference to the one thread that uses it.
private struct UncheckedBox<Value: AnyObject>: @unchecked Sendable {
  let value: Value
}

/// Lets the caller follow a run and end it.
package final class RunControl: Sendable {
  private let cancelled = Atomic<Bool>(false)
  private let report: @Sendable (_ done: Int, _ total: Int) -> Void

  package init(report: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }) { self.report = report }

  package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  /// Ends the run after the samples that are in work.
  package func cancel() { cancelled.store(true, ordering: .relaxed) }

  /// Throws where the run was ended: nothing may be written any more.
  func check() throws(PipelineError) {
    if isCancelled { throw PipelineError(.interrupted, "interrupted; nothing was written") }
  }

  func progress(_ done: Int, of total: Int) { report(done, total) }
}

/// Hands out the samples in order, and keeps what went wrong.
///
/// Samples are handed out by rank, so every sample before a failed one is in work or done when it fails: the failure
/// of the lowest rank is the same on every run.
private final class WorkQueue: Sendable {
  private struct State {
    var next = 0
    var done = 0
    var failedAt = Int.max
    var error: PipelineError?
    var skipped: [SampleRunner.SkippedSample] = []
  }

  private let count: Int
  private let control: RunControl
  private let state = Mutex(State())

  init(count: Int, control: RunControl) {
    self.count = count
    self.control = control
  }

  func next() -> Int? {
    state.withLock { state in
      guard state.next < count, state.error == nil, !control.isCancelled else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func finishOne() {
    let done = state.withLock { state in
      state.done += 1
      return state.done
    }
    control.progress(done, of: count)
  }

  /// - Returns: What stands for the sample where it is left out.
  func record(
    _ error: PipelineError, at index: Int, sample: Sample?, policy: SampleRunner.BadSamplePolicy
  ) -> SampleRunner.SkippedSample? {
    state.withLock { state in
      if policy == .skip, let sample, error.isAboutSample {
        let entry = SampleRunner.SkippedSample(
          rank: sample.rank, identifier: sample.identifier, reason: error.description)
        state.skipped.append(entry)
        return entry
      } else if index < state.failedAt {
        state.failedAt = index
        state.error = error
      }
      return nil
    }
  }

  var firstError: PipelineError? { state.withLock { $0.error } }
  var skipped: [SampleRunner.SkippedSample] { state.withLock { $0.skipped.sorted { $0.rank < $1.rank } } }
}

extension PipelineError {
  /// Whether leaving the sample out would help.
  fileprivate var isAboutSample: Bool { code == .badData || code == .missingInput }
}
