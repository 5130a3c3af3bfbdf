import CalibrationData
package import Evaluation
import Executor
import ONNX
package import Quantization
import TensorCore

/// What single layers cost in one low precision: measured by putting each alone into it, and by taking the costliest out
/// of it.
package struct LayerCosts: Sendable {
  /// A node that computes in the precision.
  package struct Layer: Sendable {
    package let node: String
    package let opType: String
    /// The place among the network's nodes that make new numbers, from 1: the same for every precision.
    package let place: Int
    /// At the node's own output, with only this node in the precision: the error it makes.
    package let local: SignalError
    /// At the node's own output, with the whole network in it: what it makes and what it is given.
    package let total: SignalError
    /// At the network's outputs, with only this node in it: what it costs.
    package let atOutput: SignalError
  }

  /// The network with some layers taken out of the precision, over the whole set.
  package struct Cure: Sendable {
    /// The layers that are taken out, the costliest first.
    package let nodes: [String]
    package let error: SignalError
    package let flips: Int
    /// The first metric; NaN where there is none.
    package let value: Double
    /// Its change against FP32.
    package let delta: Double
    package let interval: ConfidenceInterval?
    /// The share of the multiplications in INT8; nil where unknown.
    package let integerShare: Double?
    package let integerNodes: Set<String>
  }

  package let precision: NodePrecision
  /// What a layer that is taken out computes in.
  package let cureWith: NodePrecision
  /// The label and unit of the metric of the cures; nil where the task has none.
  package let metric: (label: String, unit: MetricUnit)?
  /// In the order of the network.
  package let layers: [Layer]
  /// Each of the layers that cost most taken out alone, the costliest first.
  package let cures: [Cure]
  /// More and more of them taken out, in the order of what they cost; INT8 only.
  package let mixes: [Cure]
  package let sampleCount: Int

  /// How many samples the single layers are measured on, and how many layers are taken out.
  private static let measuredSamples = 16
  private static let cureCount = 10

  /// Places in ``layers``, the costliest first. An error that is no number is the greatest.
  package var ranking: [Int] {
    func noise(_ layer: Layer) -> Double {
      layer.atOutput.nonFinite > 0 ? .infinity : layer.atOutput.noise
    }
    return layers.indices.sorted { (-noise(layers[$0]), $0) < (-noise(layers[$1]), $1) }
  }
}

extension LayerCosts {
  static func measure(
    _ precision: NodePrecision, _ factory: VariantFactory, ranges: ActivationRanges?, task: any ComparisonTask,
    work: NodeWork?, runner: SampleRunner, settings: ComparisonSettings, control: RunControl
  ) throws(PipelineError) -> LayerCosts {
    let whole = try factory.preparedVariant(precision, ranges: ranges)
    let network = whole.network
    let candidates = network.model.graph.nodesMakingNumbers
    let integer = Set(whole.quantization?.nodes.filter(\.isInteger).map(\.name) ?? [])
    let chosen = candidates.enumerated().filter { precision != .int8 || integer.contains($1.name) }
    let policies = chosen.map { factory.policy(only: $1.name, of: whole, in: precision) }
    let probe = LayerProbe(
      network: network, whole: whole.policy, single: policies, outputs: chosen.map { $1.outputs.first ?? "" },
      reading: try OutputReading(network))
    let samples = SampleRunner(
      network: network, samples: Array(runner.samples.prefix(measuredSamples)), preprocessing: runner.preprocessing,
      workers: runner.workers, onBadSample: runner.onBadSample)
    let measured = try probe.run(samples, control: control)
    let layers = chosen.enumerated().map { index, entry in
      var local = SignalError(), total = SignalError(), atOutput = SignalError()
      for sample in measured {
        local.merge(sample.local[index])
        total.merge(sample.total[index])
        atOutput.merge(sample.atOutput[index])
      }
      return Layer(
        node: entry.element.name, opType: entry.element.opType, place: entry.offset + 1, local: local, total: total,
        atOutput: atOutput)
    }
    let bare = LayerCosts(
      precision: precision, cureWith: precision == .int8 ? .fp16 : .fp32, metric: nil, layers: layers, cures: [],
      mixes: [], sampleCount: measured.count)
    return try bare.cured(factory, ranges: ranges, task: task, work: work, runner: runner, settings: settings, control)
  }

  /// Runs the network with layers taken out, all variants of a sample one after the other.
  private func cured(
    _ factory: VariantFactory, ranges: ActivationRanges?, task: any ComparisonTask, work: NodeWork?,
    runner: SampleRunner, settings: ComparisonSettings, _ control: RunControl
  ) throws(PipelineError) -> LayerCosts {
    let order = ranking.map { layers[$0].node }
    let singles = order.prefix(Self.cureCount).map { [$0] }
    let mixed = precision == .int8 ? Self.mixSizes(order.count).map { Array(order.prefix($0)) } : []
    var variants = [factory.baseline]
    for nodes in singles + mixed {
      let plan = PrecisionPlan(precision, exceptions: nodes.map { .init(node: $0, precision: cureWith) })
      variants.append(try factory.variant(plan, named: nodes[0], ranges: ranges))
    }
    let run = try ComparisonRun(variants: variants, task: task, output: settings.recipe.output)
    let (samples, _) = try run.run(runner, control: control)
    let figures = ComparisonFigures(
      samples: samples, task: task, columnCount: variants.count, seed: settings.intervalSeed)
    var label: (String, MetricUnit)?
    let cures = (singles + mixed).enumerated().map { index, nodes in
      let variant = variants[index + 1]
      let column = figures.column(
        index + 1, variant: variant, integerShare: work?.share(variant.quantization), maxDrop: nil)
      let metric = column.metrics.first
      label = metric.map { ($0.label, $0.unit) }
      return Cure(
        nodes: nodes, error: column.error, flips: column.flips.count, value: metric?.value ?? .nan,
        delta: metric?.delta ?? .nan, interval: metric?.interval, integerShare: column.integerShare,
        integerNodes: column.integerNodes)
    }
    return LayerCosts(
      precision: precision, cureWith: cureWith, metric: label, layers: layers,
      cures: Array(cures.prefix(singles.count)), mixes: Array(cures.dropFirst(singles.count)),
      sampleCount: sampleCount)
  }

  /// How many layers the mixed plans take out: none of them twice as many as the last, and never all.
  static func mixSizes(_ count: Int) -> [Int] {
    var sizes: [Int] = []
    var size = 2
    while size < count {
      sizes.append(size)
      size = max(size + 1, size * 8 / 5)
    }
    return sizes
  }
}

extension Graph {
  /// The nodes that make new numbers of what is fed: not those that pick, move, cut off or join values, whose results
  /// are as good as their inputs.
  fileprivate var nodesMakingNumbers: [Node] {
    let passing: Set<String> = [
      "Relu", "Clip", "LeakyRelu", "PRelu", "Abs", "Neg", "Max", "Min", "MaxPool", "GlobalMaxPool", "Concat", "Cast",
      "Constant", "Shape", "Size", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Dropout",
      "DepthToSpace", "SpaceToDepth", "Slice", "Split", "Expand", "Gather", "GatherElements", "GatherND", "Pad", "Tile",
      "Where", "ArgMax", "ArgMin", "TopK", "NonZero", "NonMaxSuppression",
    ]
    let dependent = valuesDependingOnInputs
    return nodes.filter { node in
      !(node.domain.isEmpty && passing.contains(node.opType)) && node.outputs.first.map(dependent.contains) == true
    }
  }
}
