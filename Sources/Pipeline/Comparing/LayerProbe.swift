import CalibrationData
import Evaluation
import Executor
import ONNX
import TensorCore

/// Runs samples in FP32, in a whole low precision, and with one layer at a time in it, and compares each layer's output.
struct LayerProbe: Sendable {
  /// The errors that one sample shows, by layer.
  struct Measured {
    let rank: Int
    var local: [SignalError]
    var total: [SignalError]
    var atOutput: [SignalError]
  }

  private let network: Network
  /// The whole network first, then each layer alone.
  private let plans: [PlanCache]
  /// Of each layer's output among the network's tensors.
  fileprivate let places: [Int?]
  /// Of the logits, where a Softmax is last.
  fileprivate let tapped: Int?

  /// - Parameter outputs: The tensor that each layer makes.
  init(network: Network, whole: NumericPolicy, single: [NumericPolicy], outputs: [String], reading: OutputReading) {
    self.network = network
    let tensors = Dictionary(network.tensors.enumerated().map { ($1.name, $0) }) { first, _ in first }
    let places = outputs.map { tensors[$0] }
    let tapped = reading.logits.flatMap { tensors[$0] }
    // One plan for each policy, observing no more than its own layer: the fewer are looked at, the more are fused.
    func scope(_ seen: [Int?]) -> ObservationScope { .only(Set((seen + [tapped]).compactMap(\.self))) }
    plans =
      [PlanCache(network: network, policy: whole, scope: scope(places))]
      + zip(single, places).map { PlanCache(network: network, policy: $0, scope: scope([$1])) }
    self.places = places
    self.tapped = tapped
  }

  /// - Returns: By rank, so that sums do not depend on who ran which sample.
  func run(_ runner: SampleRunner, control: RunControl) throws(PipelineError) -> [Measured] {
    var runner = runner
    runner.scope = .only(Set((places + [tapped]).compactMap(\.self)))
    runner.memoryHeadroom = 2
    let (states, _) = try runner.run(
      control: control, makeState: { LayerWorker(self) },
      observer: { worker in
        worker.reference.begin()
        return worker.reference
      },
      finish: { worker, finished throws(PipelineError) in
        do {
          try worker.measure(finished, plans)
        } catch {
          throw PipelineError(.badData, "sample '\(finished.sample.identifier)': \(error)")
        }
      })
    return states.flatMap(\.samples).sorted { $0.rank < $1.rank }
  }
}

/// Keeps the tensors of one sample.
private final class TensorTap: TensorObserver {
  private(set) var values: [Int: [Float]] = [:]

  func begin() { for key in values.keys { values[key]?.removeAll(keepingCapacity: true) } }

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
    unsafe self.values[tensor, default: []].append(contentsOf: values)
  }
}

private final class LayerWorker {
  let reference = TensorTap()
  private let other = TensorTap()
  private let probe: LayerProbe
  private var sessions: [Session?]
  private(set) var samples: [LayerProbe.Measured] = []

  init(_ probe: LayerProbe) {
    self.probe = probe
    sessions = Array(repeating: nil, count: probe.places.count + 1)
  }

  func measure(_ finished: SampleRunner.Finished, _ plans: [PlanCache]) throws {
    let none = Array(repeating: SignalError(), count: probe.places.count)
    var measured = LayerProbe.Measured(rank: finished.sample.rank, local: none, total: none, atOutput: none)
    let expected = signal(finished.session, reference)
    for index in plans.indices {
      let session = try session(index, finished, plans[index])
      other.begin()
      session.load(finished.inputs)
      try session.run(sample: finished.sample.rank, observer: other)
      if index == 0 {
        for (layer, place) in probe.places.enumerated() { compare(place, into: &measured.total[layer]) }
      } else {
        compare(probe.places[index - 1], into: &measured.local[index - 1])
        measured.atOutput[index - 1].add(expected, signal(session, other))
      }
    }
    samples.append(measured)
  }

  private func compare(_ place: Int?, into error: inout SignalError) {
    guard let place else { return }
    error.add(reference.values[place] ?? [], other.values[place] ?? [])
  }

  private func signal(_ session: Session, _ tap: TensorTap) -> [Float] {
    if let tapped = probe.tapped, let logits = tap.values[tapped] { return logits }
    return session.outputs.flatMap { $0.floats ?? [] }
  }

  private func session(_ index: Int, _ finished: SampleRunner.Finished, _ cache: PlanCache) throws -> Session {
    let types = finished.inputs.map(\.type)
    if let known = sessions[index], known.plan.inputTypes == types { return known }
    // The sample's own session is done with: all compute in its memory, one after the other.
    let made = Session(try cache.plan(for: types), memory: finished.session.memory)
    sessions[index] = made
    return made
  }
}
