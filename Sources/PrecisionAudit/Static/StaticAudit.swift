package import Executor
package import ONNX
import TensorCore

/// Findings that need no data: what the format does to constants, and what operators' definitions allow.
package struct StaticAudit {
  private let plan: TwinPlan
  private let arithmetic: NarrowArithmetic

  package init(_ plan: TwinPlan) {
    self.plan = plan
    arithmetic = plan.arithmetic
  }

  /// In the order of the network.
  package func findings(_ model: Model) -> [AuditFinding] {
    let nodes = Dictionary(model.graph.nodes.map { ($0.name, $0) }) { first, _ in first }
    var findings: [AuditFinding] = []
    for unit in plan.units {
      for constant in plan.constants(of: unit) { findings += self.findings(constant) }
      for name in unit.nodes { if let node = nodes[name] { findings += epsilon(of: node) } }
      if let sum = plan.sum(of: unit), let bound = sum.inputBound {
        findings += ReductionRange(sum, plan.arithmetic).finding(unit, inputs: bound, isByDefinition: true)
      }
    }
    return findings
  }

  /// Weights are spoiled channel by channel of what they yield.
  private func channelAxis(_ constant: TwinPlan.Constant) -> Int? {
    switch (constant.opType, constant.input) {
    case ("Conv", 1): 0
    case ("ConvTranspose", 1), ("MatMul", 1), ("Gemm", 1): constant.tensor.shape.rank > 1 ? nil : 0
    default: nil
    }
  }

  private func findings(_ constant: TwinPlan.Constant) -> [AuditFinding] {
    let audit = ConstantAudit(constant.tensor, arithmetic, channelAxis: channelAxis(constant))
    let format = arithmetic.format
    let isWeight = constant.tensor.count > 1 && constant.input > 0
    var found: [AuditFinding] = []
    if audit.overflows > 0 {
      found.append(audit.looksLikeMask ? mask(constant, audit) : overflow(constant, audit))
    }
    if audit.nonZero > 0, audit.vanished == audit.nonZero, !isWeight || audit.nonZero == 1, isAdded(constant) {
      found.append(vanishingEpsilon(constant, audit))
    } else if audit.spoiledChannels.isEmpty {
      // A few lost digits in weights that do not carry a channel are no news.
    } else if audit.vanished > 0 {
      let isGrave = Double(audit.vanished) > 0.1 * Double(audit.nonZero)
      found.append(
        AuditFinding(
          isGrave ? .warning : .info, .weightsVanish, at: [constant.node], tensor: constant.name,
          what: "\(audit.vanished) of \(audit.nonZero) constants become zero",
          evidence: evidence(audit)
            + ", smallest \(audit.smallest), \(format.rawValue) keeps from \(format.vanishing) on",
          cure: isGrave
            ? "Scale the weights up and the next layer's down by the same power of two, or keep the layer in float32"
            : ""))
    } else if audit.subnormals > 0 {
      let isGrave = 10 * audit.spoiledChannels.count > audit.channelCount
      found.append(
        AuditFinding(
          isGrave ? .warning : .info, .weightsSubnormal, at: [constant.node], tensor: constant.name,
          what: "\(audit.subnormals) of \(audit.nonZero) constants become subnormal and lose digits",
          evidence: evidence(audit),
          cure: isGrave
            ? "Scale the weights up and the next layer's down by the same power of two, or keep the layer in float32"
            : ""))
    }
    let exact = Float(1 << format.significantBits)
    if audit.isWhole, audit.lostIntegers > 0, audit.overflows == 0, audit.amax > exact {
      found.append(
        AuditFinding(
          .warning, .largeIntegers, at: [constant.node], tensor: constant.name,
          what: "\(audit.lostIntegers) whole numbers above \(Int(exact)) cannot be told from their neighbours",
          evidence: "largest \(audit.amax)",
          cure: "Keep the node and those that carry the numbers in float32, or use an integer type"))
    }
    return found
  }

  private func isAdded(_ constant: TwinPlan.Constant) -> Bool {
    ["Add", "Max", "Clip"].contains(constant.opType) || (constant.opType == "Sum")
  }

  private func evidence(_ audit: ConstantAudit) -> String {
    guard audit.channelCount > 1, !audit.spoiledChannels.isEmpty else {
      return "rounding takes \(percent(audit.worstChannelError)) of the constants' norm"
    }
    let shown = audit.spoiledChannels.prefix(8).map(String.init).joined(separator: ", ")
    let rest = audit.spoiledChannels.count > 8 ? " and \(audit.spoiledChannels.count - 8) more" : ""
    return "rounding takes up to \(percent(audit.worstChannelError)) of the norm of channels \(shown)\(rest)"
  }

  private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

  private func mask(_ constant: TwinPlan.Constant, _ audit: ConstantAudit) -> AuditFinding {
    AuditFinding(
      .warning, .mask, at: [constant.node], tensor: constant.name,
      what: "A mask of \(audit.least) becomes minus infinity",
      evidence: "a row that is masked throughout then yields NaN, and so does zero times the mask",
      cure: "Clip the mask to -\(arithmetic.format.largest), or keep the node in float32",
      edit: .clamp(constant: constant.name, limit: arithmetic.format == .fp16 ? 60000 : arithmetic.format.largest))
  }

  private func overflow(_ constant: TwinPlan.Constant, _ audit: ConstantAudit) -> AuditFinding {
    AuditFinding(
      .error, .weightsOverflow, at: [constant.node], tensor: constant.name,
      what: "\(audit.overflows) of \(audit.count) constants exceed \(arithmetic.format.largest) and become infinite",
      evidence: "largest \(audit.amax)",
      cure: "Keep the layer in float32, or scale the weights down and the next layer's up by the same power of two")
  }

  private func vanishingEpsilon(_ constant: TwinPlan.Constant, _ audit: ConstantAudit) -> AuditFinding {
    let floor: Float = 1e-6
    return AuditFinding(
      .warning, .vanishingEpsilon, at: [constant.node], tensor: constant.name,
      what: "A constant of \(audit.amax) that keeps a denominator from zero becomes zero itself",
      evidence: "\(arithmetic.format.rawValue) keeps nothing up to \(arithmetic.format.vanishing)",
      cure: "Raise it to \(floor) or more, or keep the node and the root or quotient behind it in float32",
      edit: .raise(constant: constant.name, to: floor))
  }

  /// The epsilon of normalizations that are computed in the narrow format throughout.
  private func epsilon(of node: Node) -> [AuditFinding] {
    guard arithmetic.composites == .narrow, arithmetic.format == .fp16,
      [
        "LayerNormalization", "RMSNormalization", "InstanceNormalization", "GroupNormalization",
      ].contains(node.opType),
      case .float(let value)? = node.attributes["epsilon"],
      value > 0, value <= arithmetic.format.vanishing
    else { return [] }
    return [
      AuditFinding(
        .warning, .vanishingEpsilon, at: [node.name], what: "The epsilon \(value) becomes zero",
        evidence: "a row of equal values then divides zero by zero",
        cure: "Raise epsilon to 1e-6 or more, or keep the node in float32",
        edit: .raiseEpsilon(node: node.name, to: 1e-6))
    ]
  }
}
