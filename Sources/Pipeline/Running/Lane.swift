import CalibrationData
import Executor
import ONNX
import TensorCore

/// One worker: loads a sample, fits it to the network's inputs, and runs it.
final class Lane {
  private let runner: SampleRunner
  private let plans: PlanCache
  private let preprocessor: Preprocessor
  private let memory: SessionMemory
  private var session: Session?

  init(runner: SampleRunner, plans: PlanCache) throws(PipelineError) {
    self.runner = runner
    self.plans = plans
    memory = SessionMemory(headroom: runner.memoryHeadroom)
    do {
      preprocessor = try Preprocessor(runner.preprocessing)
    } catch {
      throw PipelineError(error)
    }
  }

  func run(_ sample: Sample, observer: (any TensorObserver)?) throws(PipelineError) -> SampleRunner.Finished {
    let inputs: [Tensor]
    do {
      let tensors = try sample.load(with: preprocessor)
      inputs = try InputFitting(runner.network).fit(tensors, sample: sample.identifier)
    } catch {
      throw PipelineError(error)
    }
    try checkFinite(inputs, sample.identifier)
    do {
      let session = try session(for: inputs.map(\.type))
      session.load(inputs)
      try session.run(sample: sample.rank, observer: observer)
      return SampleRunner.Finished(sample: sample, inputs: inputs, session: session)
    } catch {
      throw PipelineError(
        .badData,
        "sample '\(sample.identifier)': \(error)" + SymbolicExtents.hint(inputs, of: runner.network.model.graph))
    }
  }

  private func session(for types: [TensorType]) throws(OperatorError) -> Session {
    if let session, session.plan.inputTypes == types { return session }
    let made = Session(try plans.plan(for: types), memory: memory)
    session = made
    return made
  }

  private func checkFinite(_ inputs: [Tensor], _ identifier: String) throws(PipelineError) {
    for (tensor, info) in zip(inputs, runner.network.model.graph.inputs) where tensor.elementType == .float32 {
      let values = unsafe tensor.elements(as: Float.self)
      guard unsafe !Lane.areFinite(values) else { continue }
      let first = unsafe values.firstIndex { !$0.isFinite } ?? 0
      throw PipelineError(
        .badData,
        "sample '\(identifier)', input '\(info.name)': expected finite numbers, found \(unsafe values[first]) "
          + "at element \(first); mend the sample or pass --on-bad-sample skip")
    }
  }

  private static func areFinite(_ values: UnsafeMutableBufferPointer<Float>) -> Bool {
    typealias Lanes = SIMD16<Float>
    let bytes = UnsafeRawBufferPointer(values)
    let wholes = values.count / Lanes.scalarCount * Lanes.scalarCount
    // A sum of magnitudes would round; a sum of x − x is 0 exactly unless one is not finite.
    var totals = Lanes()
    for i in stride(from: 0, to: wholes, by: Lanes.scalarCount) {
      let lanes = unsafe bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<Float>.stride, as: Lanes.self)
      totals += lanes - lanes
    }
    for i in wholes..<values.count { unsafe totals[0] += values[i] - values[i] }
    return totals.sum() == 0
  }
}
