package import Executor
import TensorCore

/// Findings from what the samples showed of each unit.
package struct DynamicFindings {
  private let arithmetic: NarrowArithmetic
  private let statistics: [UnitStatistics]
  /// For each unit, the places of those whose results it reads.
  private let producers: [[Int]]
  /// For each unit, the sum that it adds up.
  private let sums: [TwinPlan.Sum?]

  /// - Parameter statistics: Of each unit of `plan`, in its order.
  package init(_ plan: TwinPlan, _ statistics: [UnitStatistics]) {
    arithmetic = plan.arithmetic
    self.statistics = statistics
    producers = plan.producers
    sums = plan.units.map(plan.sum)
  }

  /// The least SQNR in dB of a healthy operator: 13 dB below what rounding alone gives at worst.
  private var poorDecibels: Double { arithmetic.format == .fp16 ? 40 : 22 }

  package func findings() -> [AuditFinding] {
    statistics.indices.flatMap { findings(at: $0) }
  }

  private func findings(at place: Int) -> [AuditFinding] {
    let own = statistics[place], unit = own.unit
    if own.span.overflows > 0 {
      // A view of what overflowed before is no fault of its own.
      let isOwn = !producers[place].contains { statistics[$0].span.amax >= own.span.amax && isView(unit) }
      guard isOwn else { return [] }
      var finding = overflow(own)
      if producers[place].contains(where: { statistics[$0].span.overflows > 0 }) {
        // Named, for the cure may have to reach so far; the layer before is to blame.
        finding.severity = .info
        finding.what += ", as those of a layer before it do"
      }
      return [finding]
    }
    let readsOverflow = producers[place].contains { statistics[$0].span.overflows > 0 }
    if own.local.broken > 0 {
      if readsOverflow { return [] }
      if case .narrow = arithmetic.accumulation, let sum = sums[place] {
        return [ReductionRange(sum, arithmetic).broken(own)]
      }
      return [innerOverflow(own)]
    }
    var found = reductionRange(place)
    let exact = Float(1 << arithmetic.format.significantBits)
    if own.span.isWhole, own.span.amax > exact, own.local.noise > 0, own.span.count > own.span.zeros {
      let isFirst = !producers[place].contains { source in
        statistics[source].span.isWhole && statistics[source].span.amax > exact && statistics[source].local.noise > 0
      }
      if isFirst { found.append(largeIntegers(own, exact)) }
      return found
    }
    let decibels = own.local.decibels
    guard decibels < poorDecibels else { return found }
    if case .narrow = arithmetic.accumulation, isSum(unit) { return found + [longSum(own)] }
    let nonZero = own.span.count - own.span.zeros
    let lost = own.span.vanished + own.span.subnormals
    found.append(Double(lost) > 0.05 * Double(max(nonZero, 1)) ? underflow(own, nonZero) : precisionLoss(own))
    return found
  }

  private func reductionRange(_ place: Int) -> [AuditFinding] {
    guard let sum = sums[place], let source = producers[place].first else { return [] }
    return ReductionRange(sum, arithmetic).finding(
      statistics[place].unit, inputs: statistics[source].span.amax, isByDefinition: false)
  }

  private func isView(_ unit: TwinPlan.Unit) -> Bool {
    [
      "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Relu", "Slice", "Concat", "MaxPool",
      "Pad",
    ]
    .contains(unit.opTypes[0])
  }

  private func isSum(_ unit: TwinPlan.Unit) -> Bool {
    ["Conv", "Gemm", "MatMul", "ReduceSum", "ReduceMean"].contains(unit.opTypes[0])
  }

  private func overflow(_ own: UnitStatistics) -> AuditFinding {
    let share = Double(own.span.overflows) / Double(max(own.span.count, 1))
    let evidence =
      "largest \(own.span.amax), \(AuditWords.binades(own.span.headroom)); \(AuditWords.share(share)) of the values"
    let limit = arithmetic.format.largest
    if let hot = own.channels.hottest, hot.ratio >= 64 {
      return AuditFinding(
        .error, .hotChannel, at: own.unit.nodes, tensor: own.unit.tensor,
        what: "Channel \(hot.channel) exceeds \(limit) and becomes infinite; the others are far smaller",
        evidence: evidence + "; \(Int(min(hot.ratio, 1e9))) times the median channel",
        cure:
          "Scale that channel's weights down and the next layer's up by the same power of two, or keep the layer and "
          + "those that read it in float32")
    }
    return AuditFinding(
      .error, .overflow, at: own.unit.nodes, tensor: own.unit.tensor,
      what: "Values exceed \(limit) and become infinite",
      evidence: evidence, cure: "Keep the layer and those that read it in float32, or scale its input down")
  }

  private func innerOverflow(_ own: UnitStatistics) -> AuditFinding {
    AuditFinding(
      .error, .innerOverflow, at: own.unit.nodes, tensor: own.unit.tensor,
      what: "The operator yields infinities or NaN from finite inputs",
      evidence: "\(own.local.broken) values, though none of the float32 results exceeds \(own.span.amax)",
      cure: "Keep the layer in float32, or let it compute in float32 inside")
  }

  private func largeIntegers(_ own: UnitStatistics, _ exact: Float) -> AuditFinding {
    AuditFinding(
      .warning, .largeIntegers, at: own.unit.nodes, tensor: own.unit.tensor,
      what: "Whole numbers above \(Int(exact)) cannot be told from their neighbours",
      evidence: "largest \(own.span.amax)",
      cure: "Keep the node and those that carry the numbers in float32, or use an integer type")
  }

  private func longSum(_ own: UnitStatistics) -> AuditFinding {
    AuditFinding(
      .warning, .longSum, at: own.unit.nodes, tensor: own.unit.tensor,
      what: "A risk: a sum added in \(arithmetic.format.rawValue) loses its small terms",
      evidence: "\(AuditWords.decibels(own.local.decibels)) on float32 inputs, under the model of narrow accumulation",
      cure: "Ask the builder for float32 accumulation in this layer; nothing else need change")
  }

  private func underflow(_ own: UnitStatistics, _ nonZero: Int) -> AuditFinding {
    let share = Double(own.span.vanished) / Double(max(nonZero, 1))
    let small = Double(own.span.subnormals) / Double(max(nonZero, 1))
    return AuditFinding(
      .warning, .underflow, at: own.unit.nodes, tensor: own.unit.tensor,
      what: "Results become zero or subnormal",
      evidence: "\(AuditWords.share(share)) zero, \(AuditWords.share(small)) subnormal, largest \(own.span.amax); "
        + AuditWords.decibels(own.local.decibels),
      cure: "Scale the layer's weights up and the next one's down by the same power of two, or keep it in float32")
  }

  private func precisionLoss(_ own: UnitStatistics) -> AuditFinding {
    AuditFinding(
      .warning, .precisionLoss, at: own.unit.nodes, tensor: own.unit.tensor,
      what: "The layer loses precision on exact inputs",
      evidence: "\(AuditWords.decibels(own.local.decibels)) SQNR"
        + (own.channels.worst.map { ", most of it in channel \($0)" } ?? ""),
      cure: "Keep the layer in float32; retrain it in reduced precision where that is not enough")
  }
}
