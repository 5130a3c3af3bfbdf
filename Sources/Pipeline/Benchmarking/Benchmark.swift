import CalibrationData
import Dispatch
import Executor
import Kernels
import Synchronization
import TensorCore

/// Times passes over samples that are in memory: bare, and observing as `qtool calibrate` does, all tensors or those that
/// a fused network still has.
///
/// The passes take turns, so that whatever else the machine does falls on each of them.
struct Benchmark {
  let job: CalibrationJob
  let network: Network
  let samples: [[Tensor]]

  private var workers: Int { max(1, min(job.workers, samples.count)) }

  func run(rounds: Int, profiles: Bool, _ control: RunControl) throws(PipelineError) -> BenchmarkResult {
    BLAS.useOneThread()
    let bare = try crew(observing: .nothing), fused = try crew(observing: .only(fusedTensors()))
    let observing = try crew(observing: .all)
    // One untimed round: memory is touched and caches are warm when the clock starts.
    try bare.pass(over: samples)
    try fused.pass(over: samples)
    try observing.pass(over: samples)
    var forward: [Double] = [], calibrateFused: [Double] = [], calibrate: [Double] = []
    for round in 0..<rounds {
      if control.isCancelled { throw PipelineError(.interrupted, "interrupted; nothing was measured") }
      forward.append(try milliseconds { () throws(PipelineError) in try bare.pass(over: samples) })
      calibrateFused.append(try milliseconds { () throws(PipelineError) in try fused.pass(over: samples) })
      calibrate.append(try milliseconds { () throws(PipelineError) in try observing.pass(over: samples) })
      control.progress(round + 1, of: rounds)
    }
    let patterns = try NamePatterns([], flag: "--exclude")
    let scales = try milliseconds { () throws(PipelineError) in
      let total = observing.mergedBanks()
      total.derive(network.tensors)
      _ = job.estimate(network.tensors, total, patterns)
    }
    let profile = profiles ? try profile(observing: false) + profile(observing: true) : []
    let count = Double(samples.count)
    return BenchmarkResult(
      network: job.model, data: job.samples.location, samples: samples.count, threads: workers,
      kernels: KernelClass.current, forward: forward.map { $0 / count },
      calibrateFused: calibrateFused.map { $0 / count },
      calibrate: calibrate.map { $0 / count }, scales: scales, profile: profile,
      peak: profiles ? PeakRate.measure() : nil)
  }

  private func fusedTensors() throws(PipelineError) -> Set<Int> {
    do {
      return try network.fusedTensors(for: samples[0].map(\.type))
    } catch {
      throw PipelineError(.badData, "\(job.model): \(error)")
    }
  }

  /// One more pass, on one thread, with the clock read around every step.
  private func profile(observing: Bool) throws(PipelineError) -> [BenchmarkResult.Step] {
    do {
      let scope: ObservationScope = observing ? .all : .nothing
      let plan = try plan(observing: scope)
      let session = Session(plan), times = StepTimes(plan), work = MultiplyAccumulates.byNode(of: plan, network)
      let bank = observing ? makeBank(observing: scope) : nil
      for (index, sample) in samples.enumerated() {
        session.load(sample)
        try session.run(sample: index, observer: bank, times: times)
      }
      return times.entries.map {
        BenchmarkResult.Step(
          isObserved: observing, node: $0.node, operators: ([$0.opType] + $0.stages).joined(separator: "+"),
          isTransformed: $0.isTransformed, kernelMs: $0.kernel * 1000, restMs: $0.rest * 1000,
          multiplyAccumulates: work[$0.node] ?? 0)
      }
    } catch {
      throw PipelineError(error)
    }
  }

  private func plan(observing scope: ObservationScope) throws(OperatorError) -> Plan {
    try network.plan(
      for: samples[0].map(\.type), policy: NumericPolicy(convolution: job.convolution), observing: scope)
  }

  private func makeBank(observing scope: ObservationScope) -> CollectorBank {
    CollectorBank(tensorCount: network.tensors.count, clipped: network.clipped(in: scope))
  }

  private func crew(observing scope: ObservationScope) throws(PipelineError) -> Crew {
    do {
      let plan = try plan(observing: scope)
      return Crew(
        sessions: (0..<workers).map { _ in Session(plan) },
        banks: scope == .nothing ? [] : (0..<workers).map { _ in makeBank(observing: scope) })
    } catch {
      throw PipelineError(.badData, "\(job.model): \(error)")
    }
  }

  private func milliseconds(_ work: () throws(PipelineError) -> Void) throws(PipelineError) -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .milliseconds(1)
  }
}

/// Workers that keep their sessions and statistics from one pass to the next.
///
/// Each worker touches its own elements only; this is why the crew may cross threads.
private final class Crew: @unchecked Sendable {
  private let sessions: [Session]
  private let banks: [CollectorBank]

  init(sessions: [Session], banks: [CollectorBank]) {
    self.sessions = sessions
    self.banks = banks
  }

  /// Runs every sample once, spread over the workers.
  func pass(over samples: [[Tensor]]) throws(PipelineError) {
    let next = Atomic<Int>(0)
    let failure = Mutex<OperatorError?>(nil)
    DispatchQueue.concurrentPerform(iterations: sessions.count) { worker in
      let session = self.sessions[worker], bank = self.banks.isEmpty ? nil : self.banks[worker]
      do throws(OperatorError) {
        while true {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < samples.count else { return }
          session.load(samples[index])
          try session.run(sample: index, observer: bank)
          bank?.finishSample(session)
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw PipelineError(error) }
  }

  func mergedBanks() -> CollectorBank {
    for bank in banks.dropFirst() { banks[0].merge(bank) }
    return banks[0]
  }
}
