import CalibrationData
import Dispatch
import Executor
import Foundation
import Synchronization
import TensorCore

/// Runs samples through twin sessions, on several threads, as often as the audit asks.
///
/// Inputs are kept from pass to pass while they fit in ``cacheLimit`` bytes, so that pictures are decoded once.
final class AuditRunner: Sendable {
  let network: Network
  let samples: [Sample]
  let arithmetic: NarrowArithmetic
  private let preprocessing: Preprocessing?
  private let onBadSample: SampleRunner.BadSamplePolicy
  private let workers: Int
  private let control: RunControl
  private let plans = Mutex<[(types: [TensorType], plan: TwinPlan)]>([])
  private let cache = Mutex(Cache())

  private struct Cache {
    var inputs: [Int: [Tensor]] = [:]
    var byteCount = 0
    var skipped: [Int: SampleRunner.SkippedSample] = [:]
    var firstError: (place: Int, error: PipelineError)?
  }

  private static let cacheLimit = 256 << 20
  private static let planLimit = 16

  init(
    network: Network, samples: [Sample], preprocessing: Preprocessing?, arithmetic: NarrowArithmetic, workers: Int,
    onBadSample: SampleRunner.BadSamplePolicy, control: RunControl
  ) {
    self.network = network
    self.samples = samples
    self.preprocessing = preprocessing
    self.arithmetic = arithmetic
    self.workers = max(1, min(workers, samples.count))
    self.onBadSample = onBadSample
    self.control = control
  }

  /// Samples that were left out, by rank.
  var skipped: [SampleRunner.SkippedSample] { cache.withLock { $0.skipped.values.sorted { $0.rank < $1.rank } } }

  /// One pass over the samples: `measure` on the workers, then `collect` in the order of the samples.
  ///
  /// - Returns: What each worker gathered.
  func pass<State: AnyObject, Result: Sendable>(
    makeState: () -> State,
    measure: @Sendable (State, Int, TwinSession) throws(OperatorError) -> Result,
    collect: @escaping @Sendable (Int, Result) -> Void
  ) throws(PipelineError) -> [State] {
    BLAS.useOneThread()
    let states = (0..<workers).map { _ in makeState() }
    let boxes = states.map(WorkerBox.init)
    let order = RankOrder<Result>(collect)
    let next = Atomic<Int>(0), done = Atomic<Int>(0)
    let total = samples.count
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      do throws(PipelineError) {
        let lane = try AuditLane(self, preprocessing)
        while true {
          let place = next.add(1, ordering: .relaxed).oldValue
          guard place < total, !self.control.isCancelled, !self.hasFailed else { return }
          let result = try self.work(place, lane) { session throws(OperatorError) in
            try measure(boxes[worker].value, place, session)
          }
          order.deliver(result, at: place)
          self.control.progress(done.add(1, ordering: .relaxed).newValue, of: total)
        }
      } catch {
        self.record(error, at: -1)
      }
    }
    try control.check()
    if let error = cache.withLock({ $0.firstError?.error }) { throw error }
    return states
  }

  private var hasFailed: Bool { cache.withLock { $0.firstError != nil } }

  /// The result for one sample; nil where it is left out.
  private func work<Result>(
    _ place: Int, _ lane: AuditLane, _ body: (TwinSession) throws(OperatorError) -> Result
  ) throws(PipelineError) -> Result? {
    let sample = samples[place]
    guard cache.withLock({ $0.skipped[place] == nil }) else { return nil }
    do throws(PipelineError) {
      let inputs: [Tensor]
      if let known = cache.withLock({ $0.inputs[place] }) {
        inputs = known
      } else {
        inputs = try lane.load(sample)
        keep(inputs, of: place)
      }
      return try lane.run(inputs, sample, body)
    } catch {
      record(error, at: place)
      return nil
    }
  }

  private func keep(_ inputs: [Tensor], of place: Int) {
    let byteCount = inputs.reduce(0) { $0 + $1.type.byteCount }
    cache.withLock { cache in
      guard cache.byteCount + byteCount <= AuditRunner.cacheLimit else { return }
      cache.byteCount += byteCount
      cache.inputs[place] = inputs
    }
  }

  private func record(_ error: PipelineError, at place: Int) {
    cache.withLock { cache in
      if onBadSample == .skip, place >= 0, error.code == .badData || error.code == .missingInput {
        let sample = samples[place]
        cache.skipped[place] = SampleRunner.SkippedSample(
          rank: sample.rank, identifier: sample.identifier, reason: error.description)
      } else if place < cache.firstError?.place ?? .max {
        cache.firstError = (place, error)
      }
    }
  }

  /// The plan for inputs of these types; workers share it.
  func plan(for types: [TensorType]) throws(OperatorError) -> TwinPlan {
    if let plan = plans.withLock({ plans in plans.first { $0.types == types }?.plan }) { return plan }
    let plan = try network.twinPlan(for: types, arithmetic)
    plans.withLock { plans in
      if plans.count == AuditRunner.planLimit { plans.removeFirst() }
      plans.append((types, plan))
    }
    return plan
  }

  /// The plan of the first sample that can be used: it says which layers there are.
  func firstPlan() throws(PipelineError) -> TwinPlan {
    let lane = try AuditLane(self, preprocessing)
    for place in samples.indices {
      let plan = try work(place, lane) { session throws(OperatorError) in session.plan }
      if let error = cache.withLock({ $0.firstError?.error }) { throw error }
      if let plan { return plan }
    }
    throw PipelineError(
      .badData,
      "samples: expected at least one usable sample, found none (\(skipped.count) skipped); "
        + "the first: \(skipped.first?.reason ?? "the set is empty")")
  }
}

/// Carries a reference to the one thread that uses it.
private struct WorkerBox<Value: AnyObject>: @unchecked Sendable {
  let value: Value
}

/// One worker: loads samples and keeps a session.
private final class AuditLane {
  private let runner: AuditRunner
  private let preprocessor: Preprocessor
  private let fitting: InputFitting
  private var session: TwinSession?

  init(_ runner: AuditRunner, _ preprocessing: Preprocessing?) throws(PipelineError) {
    self.runner = runner
    fitting = InputFitting(runner.network)
    do {
      preprocessor = try Preprocessor(preprocessing)
    } catch {
      throw PipelineError(error)
    }
  }

  func load(_ sample: Sample) throws(PipelineError) -> [Tensor] {
    do {
      return try fitting.fit(try sample.load(with: preprocessor), sample: sample.identifier)
    } catch {
      throw PipelineError(error)
    }
  }

  func run<Result>(
    _ inputs: [Tensor], _ sample: Sample, _ body: (TwinSession) throws(OperatorError) -> Result
  ) throws(PipelineError) -> Result {
    do {
      let types = inputs.map(\.type)
      let session: TwinSession
      if let known = self.session, known.plan.inputTypes == types {
        session = known
      } else {
        session = TwinSession(try runner.plan(for: types))
        self.session = session
      }
      try session.load(inputs)
      return try body(session)
    } catch {
      throw PipelineError(.badData, "sample '\(sample.identifier)': \(error)")
    }
  }
}
