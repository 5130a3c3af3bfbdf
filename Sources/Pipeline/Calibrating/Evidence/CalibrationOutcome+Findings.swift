import Calibration
import CalibrationData
import Reporting

extension CalibrationOutcome {
  static let tooFewCode = "too-few-samples"

  /// The codes of the findings below.
  static let findingCodes = [
    tooFewCode, "unsettled", "class-coverage", "duplicate-samples", "constant-samples", "unusual-samples", "mask",
    "network-note",
  ]

  /// What the samples and the statistics say about whether the scales can be trusted.
  ///
  /// - Parameters:
  ///   - names: The samples' names by rank.
  ///   - minSamples: How many samples the user asks for at least.
  func findings(names: [Int: String], minSamples: Int?) -> [Finding] {
    func named(_ ranks: [Int]) -> [String] { ranks.map { names[$0] ?? "sample \($0)" } }
    return [
      tooFew(minSamples), masks, unsettled, classCoverage, duplicates(named), constants(named), unusual(named),
    ].compactMap(\.self)
  }

  private func tooFew(_ minSamples: Int?) -> Finding? {
    guard let minSamples, sampleCount < minSamples else { return nil }
    return Finding(
      .error, Self.tooFewCode, at: [], what: "There are fewer samples than asked for",
      evidence: "\(NumberFormat.count(sampleCount)) usable, at least \(NumberFormat.count(minSamples)) asked for",
      cure: "Add samples, or lower --min-samples")
  }

  private var masks: Finding? {
    var places: [String] = []
    var first: (extreme: Float, count: UInt64, isExcluded: Bool)?
    for tensor in tensors {
      for case .mask(let extreme, let count, let isExcluded) in tensor.estimate.range?.notes ?? [] {
        places.append(tensor.name)
        if first == nil { first = (extreme, count, isExcluded) }
      }
    }
    guard let first else { return nil }
    return Finding(
      .warning, "mask", at: places,
      what: first.isExcluded
        ? "Values that look like a mask were left out of the range"
        : "A mask stretches the range over all other values",
      evidence: "First: \(NumberFormat.count(first.count)) values near \(NumberFormat.number(first.extreme))",
      cure: first.isExcluded
        ? "Keep the operators that add and take the mask in higher precision, or pass --masks include"
        : "Pass --masks exclude, or keep these operators in higher precision")
  }

  private var unsettled: Finding? {
    let places = zip(tensors, evidence.tensors).filter { $0.1.isUnsettled && !$0.0.isExcluded }.map(\.0.name)
    guard !places.isEmpty else { return nil }
    let enough =
      evidence.sufficientPrefix.map {
        "; from \(NumberFormat.count($0)) samples on 99 % of the tensors stay "
          + "within 1 % of their final scale"
      } ?? ""
    return Finding(
      .warning, "unsettled", at: places, what: "Scales still move by more than 5 % in the second half of the samples",
      evidence: "\(NumberFormat.count(places.count)) of \(NumberFormat.counted(tensors.count, "tensor"))\(enough)",
      cure: "Add samples, or choose a method that depends less on single values, such as percentile or mse")
  }

  private var classCoverage: Finding? {
    let missing = data.classes.filter { $0.samples == 0 }
    let present = data.classes.filter { $0.samples > 0 }
    guard !missing.isEmpty, let least = present.map(\.samples).min(), let most = present.map(\.samples).max() else {
      return nil
    }
    return Finding(
      .warning, "class-coverage", at: missing.map { $0.name ?? "class \($0.label)" },
      what: "Classes of the data set have no sample among those used",
      evidence: "\(NumberFormat.count(present.count)) of \(NumberFormat.count(data.classes.count)) classes have "
        + "\(least == most ? "\(least)" : "\(least) to \(most)") samples",
      cure: "Take samples of every class: raise --samples, or draw them at random by --seed")
  }

  private func duplicates(_ named: ([Int]) -> [String]) -> Finding? {
    guard let first = data.duplicates.first else { return nil }
    let spare = data.duplicates.map { $0.count - 1 }.reduce(0, +)
    return Finding(
      .warning, "duplicate-samples", at: named(data.duplicates.flatMap { $0.dropFirst() }),
      what: "Samples occur more than once",
      evidence: "\(NumberFormat.counted(spare, "sample")) equal another; first: "
        + named(Array(first.prefix(2))).joined(separator: " and "),
      cure: "Remove the copies: they tell nothing new and count twice")
  }

  private func constants(_ named: ([Int]) -> [String]) -> Finding? {
    guard !data.constants.isEmpty else { return nil }
    return Finding(
      .warning, "constant-samples", at: named(data.constants), what: "Samples hold one value throughout",
      evidence: "\(NumberFormat.count(data.constants.count)) of \(NumberFormat.counted(sampleCount, "sample"))",
      cure: "Look at them: blank pictures and failed recordings calibrate nothing")
  }

  private func unusual(_ named: ([Int]) -> [String]) -> Finding? {
    guard let first = data.unusual.first else { return nil }
    return Finding(
      .warning, "unusual-samples", at: named(data.unusual.map(\.rank)),
      what: "Samples spread very differently from the rest, as if not normalised alike",
      evidence: "First: standard deviation \(NumberFormat.number(first.deviation)), that of the middle one "
        + NumberFormat.number(first.median), cure: "Prepare all samples in the same way")
  }

  /// What the terminal says of the data, one line each.
  func dataWarnings(of job: CalibrationJob) -> [String] {
    let names = Dictionary(job.samples.samples.map { ($0.rank, $0.identifier) }) { first, _ in first }
    return findings(names: names, minSamples: nil).map { finding in
      let places = finding.places.prefix(3).joined(separator: ", ")
      let more = finding.places.count > 3 ? " and \(finding.places.count - 3) more" : ""
      return "\(finding.code): \(finding.what): \(places)\(more)"
    }
  }
}
