/// What the figures of a calibration say about themselves. A rule is one function and one entry in ``rules``.
package enum CalibrationFindings {
  /// The codes of the findings that the rules below yield.
  package static let codes = [
    "no-tensors", "unusable-scale", "non-finite", "dead-tensor", "skipped-samples", "heavy-clipping", "small-set",
  ]

  /// What the figures say, then what the input says already.
  package static func all(in input: CalibrationReportInput) -> [Finding] {
    rules.compactMap { $0(input) } + input.findings
  }

  private static let rules: [@Sendable (CalibrationReportInput) -> Finding?] = [
    noTensors, unusableScales, nonFiniteValues, deadTensors, skippedSamples, heavyClipping, smallSet,
  ]

  /// Builders advise 500 to 1000 samples; below 100 thresholds still move by more than a few percent.
  private static let advisedSamples = 500
  private static let fewSamples = 100
  /// Entropy clips up to about a percent of a long-tailed tensor by design.
  private static let heavyShare = 0.01

  private static func noTensors(_ input: CalibrationReportInput) -> Finding? {
    guard input.tensors.isEmpty else { return nil }
    return Finding(
      .error, "no-tensors", at: [], what: "No tensor was calibrated",
      evidence: "The network has no float tensor "
        + "that depends on its inputs", cure: "Check that the file is the network meant")
  }

  private static func unusableScales(_ input: CalibrationReportInput) -> Finding? {
    let tensors = input.tensors.filter { !$0.hasUsableScale && !$0.isDead }
    guard let first = tensors.first else { return nil }
    return Finding(
      .error, "unusable-scale", at: tensors.map(\.name), what: "The scale is zero or not finite",
      evidence: "First: scale \(first.scale.map { NumberFormat.number($0) } ?? "missing")",
      cure: "Leave these tensors out of the cache, or calibrate with data that excites them")
  }

  private static func nonFiniteValues(_ input: CalibrationReportInput) -> Finding? {
    let tensors = input.tensors.filter { $0.nanCount > 0 || $0.infinityCount > 0 }
    guard let first = tensors.first else { return nil }
    let nan = NumberFormat.count(first.nanCount)
    let infinite = NumberFormat.count(first.infinityCount)
    return Finding(
      .warning, "non-finite", at: tensors.map(\.name), what: "NaN or infinite values were seen and left out",
      evidence: "First: \(nan) NaN, \(infinite) infinite of \(NumberFormat.count(first.valueCount))",
      cure: "Look at the first of these tensors: the later ones inherit from it")
  }

  private static func deadTensors(_ input: CalibrationReportInput) -> Finding? {
    let tensors = input.tensors.filter(\.isDead)
    guard let first = tensors.first else { return nil }
    let reason = first.notes.first ?? "every value is 0, NaN or infinite"
    return Finding(
      .warning, "dead-tensor", at: tensors.map(\.name), what: "There is no range to choose",
      evidence: "First: \(reason); \(NumberFormat.counted(tensors.count, "tensor")) of "
        + "\(NumberFormat.count(input.tensors.count)), \(NumberFormat.counted(input.sampleCount, "sample"))",
      cure: "Check the preprocessing, or calibrate with data that excites these tensors")
  }

  private static func skippedSamples(_ input: CalibrationReportInput) -> Finding? {
    guard let first = input.skipped.first else { return nil }
    return Finding(
      .warning, "skipped-samples", at: input.skipped.map(\.sample),
      what: "\(NumberFormat.counted(input.skipped.count, "sample")) could not be used",
      evidence: "First: \(first.reason)", cure: "Replace or remove them; the scales rest on the others")
  }

  private static func heavyClipping(_ input: CalibrationReportInput) -> Finding? {
    let tensors = input.tensors.filter { $0.clippedShare > heavyShare }
    guard let worst = tensors.max(by: { $0.clippedShare < $1.clippedShare }) else { return nil }
    return Finding(
      .info, "heavy-clipping", at: tensors.map(\.name), what: "More than 1 % of the values lie beyond the threshold",
      evidence: "Most: \(NumberFormat.share(worst.clippedShare)) of \(worst.name)",
      cure: "Compare with another method if accuracy suffers: percentile and max clip less")
  }

  private static func smallSet(_ input: CalibrationReportInput) -> Finding? {
    guard input.sampleCount < advisedSamples, !input.tensors.isEmpty else { return nil }
    return Finding(
      input.sampleCount < fewSamples ? .warning : .info, "small-set", at: [],
      what: "The calibration set is small",
      evidence: "\(NumberFormat.counted(input.sampleCount, "sample")); \(advisedSamples) to 1\u{202F}000 of every "
        + "class are the builders' advice",
      cure: "Add samples of every class and condition the network will meet")
  }
}
