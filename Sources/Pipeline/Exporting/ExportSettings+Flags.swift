import Export
import Quantization

extension ExportSettings {
  /// Refuses flags that the format has no use for: whoever gives one believes that it does something.
  ///
  /// - Throws: ``PipelineError`` that names the first of them.
  package func requireUsefulFlags() throws(PipelineError) {
    let isNetwork: Bool, hasIntegers: Bool
    switch format {
    case .qdq, .mixed: (isNetwork, hasIntegers) = (true, true)
    case .typed, .opset: (isNetwork, hasIntegers) = (true, false)
    case .trtexec, .table: (isNetwork, hasIntegers) = (false, true)
    }
    let isTyped = format.half != nil
    let choosesNodes = format == .trtexec || hasIntegers && isNetwork
    let flags: [(name: String, isGiven: Bool, isUseful: Bool)] = [
      ("--calibration", calibration != nil, hasIntegers),
      ("--target", target != .tensorrt, hasIntegers && isNetwork),
      ("--keep-fp32", !keepFP32.isEmpty, isTyped || choosesNodes),
      ("--keep-fp16", !keepFP16.isEmpty, choosesNodes),
      ("--plan", plan != nil, isTyped || choosesNodes),
      ("--keep-io-types", keepsIOTypes, isTyped),
      ("--overflow", overflow != .keep, isTyped),
      ("--allow-missing", allowsMissing, hasIntegers),
      ("--allow-unknown-operators", allowsUnknownOperators, isNetwork),
      ("--opset", opset != nil, isNetwork),
      ("--external-data", usesExternalData, isNetwork),
      ("--verify", verifies, isNetwork),
      ("--verify-input", !verificationInputs.isEmpty, verifies),
      ("--trt-version", builderVersion != nil, !isNetwork),
    ]
    for flag in flags where flag.isGiven && !flag.isUseful {
      let reason = flag.name == "--verify-input" ? "--verify, found none" : "a format that uses it, found another one"
      throw PipelineError(.usage, "\(flag.name): expected \(reason); leave it out")
    }
  }
}
