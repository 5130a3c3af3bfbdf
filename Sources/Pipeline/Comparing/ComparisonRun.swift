import CalibrationData
import Evaluation
import Executor
import ONNX
import Quantization
import TensorCore

/// Runs every sample through every variant, one after the other on one worker, so that only one sample's tensors live.
struct ComparisonRun: Sendable {
  let variants: [Variant]
  let task: any ComparisonTask
  let reading: OutputReading
  /// Keeps the outputs for a user's own metric.
  let spool: OutputSpool?

  init(
    variants: [Variant], task: any ComparisonTask, output: String? = nil, spool: OutputSpool? = nil
  ) throws(PipelineError) {
    self.variants = variants
    self.task = task
    self.spool = spool
    reading = try OutputReading(variants[0].network, output: output)
  }

  /// - Parameter runner: Over the first variant.
  /// - Returns: By rank.
  func run(
    _ runner: SampleRunner, control: RunControl
  ) throws(PipelineError) -> (samples: [ComparedSample], skipped: [SampleRunner.SkippedSample]) {
    var runner = runner
    runner.policy = variants[0].policy
    runner.scope = reading.scope(in: variants[0].network)
    runner.memoryHeadroom = 2
    let plans = variants.dropFirst().map {
      PlanCache(network: $0.network, policy: $0.policy, scope: reading.scope(in: $0.network))
    }
    let (states, skipped) = try runner.run(
      control: control, makeState: { ComparisonWorker(variantCount: variants.count) },
      observer: { worker in
        worker.taps[0].begin()
        return worker.taps[0]
      },
      finish: { worker, finished throws(PipelineError) in
        try worker.answer(finished, self, plans: plans)
      })
    let samples = states.flatMap(\.samples).sorted { $0.rank < $1.rank }
    return (samples, skipped)
  }
}

/// The sessions of one worker and what it has found out.
private final class ComparisonWorker {
  let taps: [OutputTap]
  private var sessions: [Session?]
  private(set) var samples: [ComparedSample] = []

  init(variantCount: Int) {
    taps = (0..<variantCount).map { _ in OutputTap() }
    sessions = Array(repeating: nil, count: variantCount)
  }

  func answer(
    _ finished: SampleRunner.Finished, _ run: ComparisonRun, plans: [PlanCache]
  ) throws(PipelineError) {
    let sample = finished.sample
    let truth = try run.task.truth(of: sample)
    let reference = run.reading.signal(finished.session, tap: taps[0])
    var answers: [SampleAnswer] = []
    var kept: [[Tensor]] = []
    for index in run.variants.indices {
      do {
        let session = index == 0 ? finished.session : try session(index, finished, plans[index - 1])
        let signal = index == 0 ? reference : run.reading.signal(session, tap: taps[index])
        answers.append(
          try run.read(session, signal: signal, reference: reference, truth: truth, baseline: answers.first))
        // Copies, for the next variant computes in the same memory.
        if run.spool != nil { kept.append(session.outputs.map(OutputSpool.copy)) }
      } catch {
        throw PipelineError(
          .badData, "sample '\(sample.identifier)' in \(run.variants[index].name): \(error)")
      }
    }
    // Only samples that every variant could run are kept.
    try run.spool?.append(kept, sample: sample)
    for index in answers.indices { answers[index].map = nil }
    var small = truth
    if case .mask = truth { small = .none }
    samples.append(
      ComparedSample(
        rank: sample.rank, identifier: sample.identifier, truth: small,
        slices: sample.slices.map { ($0.column, $0.value) }, answers: answers))
  }

  private func session(
    _ index: Int, _ finished: SampleRunner.Finished, _ cache: PlanCache
  ) throws -> Session {
    let types = finished.inputs.map(\.type)
    let session: Session
    if let known = sessions[index], known.plan.inputTypes == types {
      session = known
    } else {
      session = Session(try cache.plan(for: types), memory: finished.session.memory)
      sessions[index] = session
    }
    taps[index].begin()
    session.load(finished.inputs)
    try session.run(sample: finished.sample.rank, observer: taps[index])
    return session
  }
}

extension ComparisonRun {
  /// Makes of a session's outputs what figures need.
  fileprivate func read(
    _ session: Session, signal: [Float], reference: [Float], truth: SampleTruth, baseline: SampleAnswer?
  ) throws(PipelineError) -> SampleAnswer {
    var answer = SampleAnswer()
    answer.error.add(reference, signal)
    try task.read(
      SessionOutputs(session, chosen: reading.chosen), truth: truth, baseline: baseline, into: &answer)
    if answer.decision != nil, baseline != nil {
      answer.divergence = Divergence.kullbackLeibler(
        Probabilities.softmax(reference), Probabilities.softmax(signal))
    }
    return answer
  }
}
