import CalibrationData
package import Evaluation
import Executor
import ONNX
import Quantization
import TensorCore

/// What single layers cost in INT8: measured by putting each alone into INT8, and by taking the costliest out of it.
package struct LayerCosts: Sendable {
  /// A node that does its arithmetic in INT8.
  package struct Layer: Sendable {
    package let node: String
    package let opType: String
    /// At the node's own output, with only this node in INT8: the error it makes.
    package let local: SignalError
    /// At the node's own output, with the whole network in INT8: what it makes and what it is given.
    package let total: SignalError
    /// At the network's outputs, with only this node in INT8: what it costs.
    package let atOutput: SignalError
  }

  /// The network with one layer taken out of INT8, over the whole set.
  package struct Cure: Sendable {
    package let node: String
    package let error: SignalError
    package let flips: Int
    /// The change of the first metric against FP32; NaN where there is none.
    package let delta: Double
  }

  /// In the order of the network.
  package let layers: [Layer]
  /// Of the layers that cost most, the costliest first.
  package let cures: [Cure]
  package let sampleCount: Int

  /// How many samples the single layers are measured on, and how many layers are taken out.
  private static let measuredSamples = 16
  private static let cureCount = 10

  static func measure(
    _ factory: VariantFactory, ranges: ActivationRanges, task: ComparisonTask,
    boxes: [Int: [LabelledBox]], runner: SampleRunner, settings: ComparisonSettings, control: RunControl
  ) throws(PipelineError) -> LayerCosts {
    let whole = try factory.variant(.int8, ranges: ranges)
    guard let quantization = whole.quantization else { return LayerCosts(layers: [], cures: [], sampleCount: 0) }
    let nodes = quantization.nodes.filter(\.isInteger)
    let network = whole.network
    var policies = [NumericPolicy(), whole.policy]
    for node in nodes {
      var policy = NumericPolicy()
      policy.operandGrids[node.name] = whole.policy.operandGrids[node.name]
      policies.append(policy)
    }
    let outputs = network.model.graph.nodes.reduce(into: [String: String]()) { $0[$1.name] = $1.outputs.first }
    let places = nodes.map { node in network.tensors.firstIndex { $0.name == outputs[node.name] } }
    let observed = Set(places.compactMap(\.self))
    var some = runner
    some = SampleRunner(
      network: network, samples: Array(runner.samples.prefix(measuredSamples)), preprocessing: runner.preprocessing,
      workers: runner.workers, onBadSample: runner.onBadSample)
    some.scope = .only(observed)
    let reading = OutputReading(network)
    let tapped = reading.logits.flatMap { name in network.tensors.firstIndex { $0.name == name } }
    // One plan for each policy, observing no more than its own layer: the fewer are looked at, the more are fused.
    let plans = policies.indices.map { index in
      var scope: Set<Int> = index < 2 ? observed : Set(places[index - 2].map { [$0] } ?? [])
      if let tapped { scope.insert(tapped) }
      return PlanCache(network: network, policy: policies[index], scope: .only(scope))
    }
    if let tapped { some.scope = .only(observed.union([tapped])) }
    let (states, _) = try some.run(
      control: control, makeState: { LayerWorker(policyCount: policies.count, layerCount: nodes.count) },
      observer: { worker in
        worker.reference.begin()
        return worker.reference
      },
      finish: { worker, finished throws(PipelineError) in
        do {
          try worker.measure(finished, plans: plans, places: places, reading: reading, tapped: tapped)
        } catch {
          throw PipelineError(.badData, "sample '\(finished.sample.identifier)': \(error)")
        }
      })
    // Added up by rank, so that the sums do not depend on who ran which sample.
    let measured = states.flatMap(\.samples).sorted { $0.rank < $1.rank }
    let layers = nodes.indices.map { index in
      var local = SignalError(), total = SignalError(), atOutput = SignalError()
      for sample in measured {
        local.merge(sample.local[index])
        total.merge(sample.total[index])
        atOutput.merge(sample.atOutput[index])
      }
      return Layer(
        node: nodes[index].name, opType: nodes[index].opType, local: local, total: total, atOutput: atOutput)
    }
    let costliest = layers.indices.sorted { (-layers[$0].atOutput.noise, $0) < (-layers[$1].atOutput.noise, $1) }
    var variants = [factory.baseline]
    for index in costliest.prefix(cureCount) {
      let plan = PrecisionPlan(.int8, exceptions: [.init(node: layers[index].node, precision: .fp16)])
      variants.append(try factory.variant(plan, named: layers[index].node, ranges: ranges))
    }
    let run = ComparisonRun(variants: variants, task: task, boxes: boxes)
    let (samples, _) = try run.run(runner, control: control)
    let figures = ComparisonFigures(samples: samples, task: task, columnCount: variants.count, seed: settings.seed)
    let cures = variants.indices.dropFirst().map { index in
      let column = figures.column(index, variant: variants[index], integerShare: nil, maxDrop: nil)
      return Cure(
        node: variants[index].name, error: column.error, flips: column.flips.count,
        delta: column.metrics.first?.delta ?? .nan)
    }
    return LayerCosts(layers: layers, cures: cures, sampleCount: measured.count)
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
  struct Measured {
    let rank: Int
    var local: [SignalError]
    var total: [SignalError]
    var atOutput: [SignalError]
  }

  let reference = TensorTap()
  private let other = TensorTap()
  private var sessions: [Session?]
  private let layerCount: Int
  private(set) var samples: [Measured] = []

  init(policyCount: Int, layerCount: Int) {
    sessions = Array(repeating: nil, count: policyCount)
    self.layerCount = layerCount
  }

  func measure(
    _ finished: SampleRunner.Finished, plans: [PlanCache], places: [Int?], reading: OutputReading, tapped: Int?
  ) throws {
    let none = Array(repeating: SignalError(), count: layerCount)
    var measured = Measured(rank: finished.sample.rank, local: none, total: none, atOutput: none)
    func signal(_ session: Session, _ tap: TensorTap) -> [Float] {
      if let tapped, let logits = tap.values[tapped] { return logits }
      return session.outputs.flatMap { $0.floats ?? [] }
    }
    let expected = signal(finished.session, reference)
    let types = finished.inputs.map(\.type)
    for index in plans.indices.dropFirst() {
      let session: Session
      if let known = sessions[index], known.plan.inputTypes == types {
        session = known
      } else {
        session = Session(try plans[index].plan(for: types))
        sessions[index] = session
      }
      other.begin()
      session.load(finished.inputs)
      try session.run(sample: finished.sample.rank, observer: other)
      if index == 1 {
        for (layer, place) in places.enumerated() {
          guard let place else { continue }
          measured.total[layer].add(reference.values[place] ?? [], other.values[place] ?? [])
        }
      } else {
        let layer = index - 2
        if let place = places[layer] {
          measured.local[layer].add(reference.values[place] ?? [], other.values[place] ?? [])
        }
        measured.atOutput[layer].add(expected, signal(session, other))
      }
    }
    samples.append(measured)
  }
}
