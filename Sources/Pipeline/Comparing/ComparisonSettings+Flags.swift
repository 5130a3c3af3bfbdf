import Quantization

extension ComparisonSettings {
  /// Takes a list such as `fp16,int8`; `fp32` may stand in it and is always there.
  ///
  /// - Throws: ``PipelineError`` for another word.
  package mutating func setPrecisions(_ text: String) throws(PipelineError) {
    var chosen: [NodePrecision] = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let precision = NodePrecision(rawValue: String(word)) else {
        let names = NodePrecision.allCases.map(\.rawValue).joined(separator: ", ")
        throw PipelineError(.usage, "--precisions: expected some of \(names), found '\(word)'; choose among these")
      }
      if precision != .fp32, !chosen.contains(precision) { chosen.append(precision) }
    }
    precisions = chosen
  }

  package mutating func setTarget(_ text: String) throws(PipelineError) {
    target = try Choices.target(text)
  }

  package mutating func setArithmetic(_ text: String) throws(PipelineError) {
    guard let arithmetic = IntegerArithmetic(rawValue: text) else {
      let names = Choices.arithmetics.names
      throw PipelineError(.usage, "--arithmetic: expected one of \(names), found '\(text)'; choose one of these")
    }
    self.arithmetic = arithmetic
  }

  /// Takes `1%` or `0.01`.
  package mutating func setMaxDrop(_ text: String?) throws(PipelineError) {
    guard let text else { return }
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? text.dropLast() : text[...]), number >= 0, number.isFinite else {
      throw PipelineError(.usage, "--max-drop: expected a share such as 1% or 0.01, found '\(text)'; correct it")
    }
    maxDrop = DropLimit(number: number, isPercent: isPercent)
  }
}
