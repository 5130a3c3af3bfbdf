package import Executor
import Foundation
import ONNX
package import Quantization
import TensorCore

/// A column of the comparison: a network and the precision in which it runs.
package struct Variant: Sendable {
  package let name: String
  package let network: Network
  package let policy: NumericPolicy
  /// Which operands are in INT8; nil where none is.
  package let quantization: QuantizationPlan?
}

/// Makes the variants of one network.
struct VariantFactory {
  let loaded: LoadedNetwork
  /// The network in the form that quantization plans are made for.
  let prepared: Network
  let settings: ComparisonSettings
  private let registry: OperatorRegistry
  private let keepFP32: NamePatterns
  private let keepFP16: NamePatterns
  private let rounding: NumericPolicy.Rounding

  init(_ loaded: LoadedNetwork, settings: ComparisonSettings) throws(PipelineError) {
    self.loaded = loaded
    self.settings = settings
    guard let rounding = NumericPolicy.Rounding(rawValue: settings.rounding) else {
      throw PipelineError(
        .usage, "--rounding: expected fused or operator, found '\(settings.rounding)'; choose one of these")
    }
    self.rounding = rounding
    do {
      registry = try Plugins(settings.plugins).registry
      let model = loaded.network.model.preparedForQuantization(with: ConstantEvaluator(registry: registry))
      prepared = try Network(model, registry: registry)
      keepFP32 = try NamePatterns(settings.keepFP32, flag: "--keep-fp32")
      keepFP16 = try NamePatterns(settings.keepFP16, flag: "--keep-fp16")
    } catch {
      throw PipelineError(error)
    }
    for (flag, patterns) in [("--keep-fp32", settings.keepFP32), ("--keep-fp16", settings.keepFP16)] {
      for pattern in patterns {
        let one = try NamePatterns([pattern], flag: flag)
        guard loaded.network.model.graph.nodes.contains(where: { one.match($0.name) }) else {
          throw PipelineError(
            .usage, "\(flag): expected a pattern that matches a node, found '\(pattern)'; qtool inspect lists the nodes"
          )
        }
      }
    }
    if let node = loaded.network.model.graph.nodes.first(where: { keepFP32.match($0.name) && keepFP16.match($0.name) })
    {
      throw PipelineError(
        .usage,
        "--keep-fp16: expected nodes that --keep-fp32 does not name, found '\(node.name)' in both; narrow one of them")
    }
  }

  /// FP32: what the others are compared with.
  var baseline: Variant {
    Variant(name: "fp32", network: loaded.network, policy: NumericPolicy(), quantization: nil)
  }

  func variant(
    _ precision: NodePrecision, ranges: ActivationRanges?
  ) throws(PipelineError) -> Variant {
    try variant(PrecisionPlan(precision), named: precision.rawValue, ranges: ranges)
  }

  /// The whole network in one precision, always in the form that quantization plans are made for: so that layers of
  /// different precisions compare.
  func preparedVariant(_ precision: NodePrecision, ranges: ActivationRanges?) throws(PipelineError) -> Variant {
    let made = try variant(precision, ranges: ranges)
    var policy = made.policy
    if let quantization = made.quantization { policy.operandGrids = quantization.gridsByNode }
    return Variant(name: made.name, network: prepared, policy: policy, quantization: made.quantization)
  }

  /// FP32 everywhere but at one node.
  func policy(only node: String, of whole: Variant, in precision: NodePrecision) -> NumericPolicy {
    var policy = NumericPolicy(rounding: whole.policy.rounding)
    if precision == .int8 {
      policy.operandGrids[node] = whole.policy.operandGrids[node]
    } else {
      policy.exceptions[node] = whole.policy.precision(of: node)
    }
    return policy
  }

  /// The network under a plan, `--keep-fp32` and `--keep-fp16` applied.
  func variant(_ plan: PrecisionPlan, named name: String, ranges: ActivationRanges?) throws(PipelineError) -> Variant {
    let usesINT8 = plan.standard == .int8 || plan.exceptions.contains { $0.precision == .int8 }
    let network = usesINT8 ? prepared : loaded.network
    var precisions = plan.precisions
    for node in network.model.graph.nodes {
      if keepFP16.match(node.name) { precisions[node.name] = .fp16 }
      if keepFP32.match(node.name) { precisions[node.name] = .fp32 }
    }
    var policy = NumericPolicy(Self.floating(plan.standard), rounding: rounding)
    var keeping: Set<String> = []
    for node in network.model.graph.nodes {
      let precision = precisions[node.name] ?? plan.standard
      if precision != .int8 { keeping.insert(node.name) }
      if let given = precisions[node.name] { policy.exceptions[node.name] = Self.floating(given) }
    }
    guard usesINT8 else {
      return Variant(name: name, network: network, policy: policy, quantization: nil)
    }
    let quantization = QuantizationPlan(
      network.model.graph, ranges: ranges?.byTensor ?? [:], target: settings.target, keeping: keeping)
    if !settings.allowsMissing { try ranges?.requireRanges(quantization) }
    try requireIntegers(quantization, ranges)
    policy.operandGrids = quantization.gridsByNode
    if let variant = try engineVariant(quantization, policy: policy, named: name) { return variant }
    return Variant(name: name, network: network, policy: policy, quantization: quantization)
  }

  /// Refuses a plan without a node in INT8, but where the caller or the target has all of them in higher precision.
  private func requireIntegers(_ plan: QuantizationPlan, _ ranges: ActivationRanges?) throws(PipelineError) {
    guard !plan.nodes.contains(where: \.isInteger), let first = plan.kept.first(where: \.isUnusable) else { return }
    throw PipelineError(
      .badData,
      "\(ranges?.source ?? "calibration"): expected a node of \(loaded.path) that can compute in INT8, found none: "
        + "'\(first.name)' cannot, for \(first.reason); calibrate again, or leave out int8")
  }

  /// The network as the target's engine computes it, where that is known and all that is not in INT8 is in FP32.
  private func engineVariant(
    _ quantization: QuantizationPlan, policy: NumericPolicy, named name: String
  ) throws(PipelineError) -> Variant? {
    guard settings.arithmetic == .engine, policy.standard == .fp32,
      policy.exceptions.values.allSatisfy({ $0 == .fp32 }),
      let engine = EngineNetwork(prepared.model, plan: quantization)
    else { return nil }
    var policy = policy
    policy.operandGrids = engine.operandGrids
    do {
      let network = try Network(engine.model, registry: registry)
      return Variant(name: name, network: network, policy: policy, quantization: quantization)
    } catch {
      throw PipelineError(error)
    }
  }

  /// What a node computes in beside its integer operands.
  private static func floating(_ precision: NodePrecision) -> Precision {
    switch precision {
    case .fp32, .int8: .fp32
    case .fp16: .fp16
    case .bf16: .bf16
    }
  }
}

extension KeptNode {
  /// Whether it would be in INT8 but for what the calibration says, or the network's own numbers.
  fileprivate var isUnusable: Bool {
    switch reason {
    case .noRange, .operands: true
    case .asked, .target: false
    }
  }
}
