import CalibrationData
import Evaluation
import Executor
import ONNX
import Quantization
import TensorCore

/// Runs every sample through every variant, one after the other on one worker, so that only one sample's tensors live.
struct ComparisonRun: Sendable {
  let variants: [Variant]
  let task: ComparisonTask
  let reading: OutputReading
  /// By the sample's rank; empty where the task has none.
  let boxes: [Int: [LabelledBox]]

  init(variants: [Variant], task: ComparisonTask, boxes: [Int: [LabelledBox]] = [:]) {
    self.variants = variants
    self.task = task
    self.boxes = boxes
    reading = OutputReading(variants[0].network)
  }

  /// - Parameter runner: Over the first variant.
  /// - Returns: By rank.
  func run(
    _ runner: SampleRunner, control: RunControl
  ) throws(PipelineError) -> (samples: [ComparedSample], skipped: [SampleRunner.SkippedSample]) {
    var runner = runner
    runner.policy = variants[0].policy
    runner.scope = reading.scope(in: variants[0].network)
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
    let boxes = run.boxes[sample.rank] ?? []
    let reference = run.reading.signal(finished.session, tap: taps[0])
    var answers = [try run.read(finished.session, signal: reference, reference: nil, label: sample.label)]
    for (index, cache) in plans.enumerated() {
      do {
        let types = finished.inputs.map(\.type)
        let session: Session
        if let known = sessions[index + 1], known.plan.inputTypes == types {
          session = known
        } else {
          session = Session(try cache.plan(for: types))
          sessions[index + 1] = session
        }
        taps[index + 1].begin()
        session.load(finished.inputs)
        try session.run(sample: sample.rank, observer: taps[index + 1])
        let signal = run.reading.signal(session, tap: taps[index + 1])
        answers.append(try run.read(session, signal: signal, reference: reference, label: sample.label))
      } catch {
        throw PipelineError(
          .badData, "sample '\(sample.identifier)' in \(run.variants[index + 1].name): \(error)")
      }
    }
    samples.append(
      ComparedSample(
        rank: sample.rank, identifier: sample.identifier, label: sample.label,
        slices: sample.slices.map { ($0.column, $0.value) }, boxes: boxes, answers: answers))
  }
}

extension ComparisonRun {
  /// Makes of a session's outputs what figures need.
  fileprivate func read(
    _ session: Session, signal: [Float], reference: [Float]?, label: Int?
  ) throws(PipelineError) -> SampleAnswer {
    var answer = SampleAnswer()
    answer.error.add(reference ?? signal, signal)
    switch task {
    case .classification, .unlabelled(decides: true):
      let scores = reading.scores(session)
      answer.decision = Decision(scores)
      answer.labelRank = label.flatMap { LabelRank.rank(of: $0, in: scores) }
      let distribution = probabilities(scores)
      answer.confidence = answer.decision.map { distribution[$0.best] } ?? 0
      if let reference {
        answer.divergence = Divergence.kullbackLeibler(
          Probabilities.softmax(reference), Probabilities.softmax(signal))
      }
    case .detection(let decoder, let suppression):
      do {
        let all = try decoder.decode(reading.decoderOutputs(session), leastScore: suppression.leastScore)
        answer.detections = suppression.apply(all)
      } catch {
        throw PipelineError(.badData, "\(error)")
      }
    case .unlabelled(decides: false): break
    }
    return answer
  }

  private func probabilities(_ scores: [Float]) -> [Double] {
    Probabilities.are(scores) ? scores.map(Double.init) : Probabilities.softmax(scores)
  }
}
