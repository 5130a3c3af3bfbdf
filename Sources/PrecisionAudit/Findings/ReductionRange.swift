import Executor
import TensorCore

/// Sums whose length times range can pass the format's largest number, though no result did so on the samples.
struct ReductionRange {
  private let sum: TwinPlan.Sum
  private let arithmetic: NarrowArithmetic

  init(_ sum: TwinPlan.Sum, _ arithmetic: NarrowArithmetic) {
    self.sum = sum
    self.arithmetic = arithmetic
  }

  private var addsNarrow: Bool { if case .narrow = arithmetic.accumulation { true } else { false } }

  /// What inputs of at most `amax` can lead to; none where they cannot.
  ///
  /// - Parameter isByDefinition: Whether the operator before bounds its values by `amax`, so that they may well reach it.
  ///   Else it is the largest that the samples showed, which rarely comes at every term at once.
  func finding(_ unit: TwinPlan.Unit, inputs amax: Float, isByDefinition: Bool) -> [AuditFinding] {
    let reach = sum.reach(amax)
    guard reach > Double(arithmetic.format.largest) else { return [] }
    let isLikely = isByDefinition && (sum.isResult || addsNarrow)
    let format = arithmetic.format.rawValue
    return [
      AuditFinding(
        isLikely ? .warning : .info, .reductionRange, at: [unit.nodes[0]], tensor: unit.tensor,
        what: sum.isResult
          ? "A risk: a sum of \(sum.length) terms can pass \(arithmetic.format.largest)"
          : "A risk: added in \(format), a sum of \(sum.length) terms can pass \(arithmetic.format.largest)",
        evidence: "inputs of up to \(amax)\(isByDefinition ? " by definition" : " on the samples") add up to at most "
          + "\(Float(reach))",
        cure: !isLikely
          ? ""
          : sum.isResult
            ? "Keep the layer and those that read it in float32, or scale its input down"
            : "Ask the builder for float32 accumulation in this layer; nothing else need change")
    ]
  }

  /// Sums that broke on the samples where they were added in the narrow format.
  func broken(_ own: UnitStatistics) -> AuditFinding {
    let format = arithmetic.format
    return AuditFinding(
      .error, .reductionRange, at: own.unit.nodes, tensor: own.unit.tensor,
      what: "A risk: added in \(format.rawValue), sums of \(sum.length) terms pass \(format.largest)",
      evidence: "\(own.local.broken) results break under the model of narrow accumulation, though none of them exceeds "
        + "\(own.span.amax) in float32",
      cure: "Ask the builder for float32 accumulation in this layer; nothing else need change")
  }
}
