import Executor
import PrecisionAudit
import TensorCore

extension AuditSettings {
  /// Sets how 16-bit layers compute, from the texts of flags.
  ///
  /// - Throws: ``PipelineError`` that names the flag and what it takes.
  package mutating func setArithmetic(
    type: String, rounding: String, accumulate: String, subnormals: String, composites: String?
  ) throws(PipelineError) {
    guard let format = NarrowFormat(rawValue: type) else { throw AuditSettings.fault("--type", "fp16 or bf16", type) }
    guard let place = NumericPolicy.Rounding(rawValue: rounding) else {
      throw AuditSettings.fault("--rounding", "fused or operator", rounding)
    }
    let inside = composites.map { NarrowArithmetic.Composites(rawValue: $0) }
    if let composites, inside == .some(nil) { throw AuditSettings.fault("--composites", "narrow or wide", composites) }
    arithmetic = NarrowArithmetic(format, rounding: place, composites: inside ?? nil)
    switch subnormals {
    case "keep": arithmetic.flushesSubnormals = false
    case "flush": arithmetic.flushesSubnormals = true
    default: throw AuditSettings.fault("--subnormals", "keep or flush", subnormals)
    }
    let parts = accumulate.split(separator: ":", omittingEmptySubsequences: false)
    if accumulate == "fp32" {
      arithmetic.accumulation = .wide
    } else if let first = parts.first, first == "fp16" || first == "bf16", parts.count <= 2,
      let block = parts.count == 2 ? Int(parts[1]) : 16, (1...4096).contains(block)
    {
      arithmetic.accumulation = .narrow(block: block)
    } else {
      throw AuditSettings.fault("--accumulate", "fp32, fp16 or fp16:K with K from 1 to 4096", accumulate)
    }
  }

  /// Sets what a cure must keep to, from the texts of flags; without any, the default stays.
  package mutating func setGoal(maxFlips: String?, minDecibels: Double?, maxDrop: String?) throws(PipelineError) {
    guard maxFlips != nil || minDecibels != nil || maxDrop != nil else { return }
    func share(_ text: String?, _ flag: String) throws(PipelineError) -> Double? {
      guard let text else { return nil }
      if let share = AuditLimits.share(text) { return share }
      throw AuditSettings.fault(flag, "a share such as 0.5% or 0.005", text)
    }
    goal = CureGoal(
      mostFlips: try share(maxFlips, "--max-flips"), leastDecibels: minDecibels,
      mostDrop: try share(maxDrop, "--max-drop"))
  }

  private static func fault(_ flag: String, _ expected: String, _ found: String) -> PipelineError {
    PipelineError(.usage, "\(flag): expected \(expected), found '\(found)'; correct it")
  }
}
