package import CalibrationData

/// Preprocessing as flags give it; each flag overrides one field of a recipe's.
package struct PreprocessingFlags: Sendable {
  package var channels: String?
  package var resize: String?
  package var filter: String?
  package var crop: String?
  package var divide: String?
  package var mean: String?
  package var std: String?
  package var layout: String?

  package init() {}

  /// `base` with the given flags in place of its fields; nil where neither says anything.
  ///
  /// - Throws: ``PipelineError`` with the code for usage that names the flag.
  package func applied(to base: Preprocessing?) throws(PipelineError) -> Preprocessing? {
    let given = [channels, resize, filter, crop, divide, mean, std, layout].contains { $0 != nil }
    guard given || base != nil else { return nil }
    var result = base ?? Preprocessing()
    if let channels { result.channels = try choice("--channels", channels) }
    if let filter { result.filter = try choice("--filter", filter) }
    if let layout { result.layout = try choice("--layout", layout) }
    if let resize { result.resize = try resizeRule(resize) }
    if let crop { result.crop = try extent("--crop", crop) }
    if let divide { result.divide = try numbers("--divide", divide)[0] }
    if let mean { result.mean = try numbers("--mean", mean) }
    if let std { result.std = try numbers("--std", std) }
    do {
      try result.validate()
    } catch {
      throw PipelineError(.usage, "\(error)")
    }
    return result
  }

  private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ flag: String, _ text: String
  ) throws(PipelineError) -> Choice {
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw PipelineError(.usage, "\(flag): expected one of \(names), found '\(text)'; choose one of these")
  }

  private func resizeRule(_ text: String) throws(PipelineError) -> Preprocessing.Resize {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    if parts.count == 2 {
      let size = try extent("--resize", parts[1])
      switch parts[0] {
      case "shorter" where size.height == size.width: return .shorter(size.height)
      case "exact": return .exact(size)
      case "letterbox": return .letterbox(size, pad: 0)
      default: break
      }
    }
    throw PipelineError(
      .usage, "--resize: expected shorter:N, exact:HxW or letterbox:HxW, found '\(text)'; correct it")
  }

  private func extent(_ flag: String, _ text: String) throws(PipelineError) -> Preprocessing.Extent {
    let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...2).contains(numbers.count), numbers.allSatisfy({ $0 > 0 }) else {
      throw PipelineError(
        .usage, "\(flag): expected a size such as 224 or 240x320 (height x width), found '\(text)'; correct it")
    }
    return Preprocessing.Extent(height: numbers[0], width: numbers[numbers.count - 1])
  }

  private func numbers(_ flag: String, _ text: String) throws(PipelineError) -> [Float] {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
    guard !numbers.isEmpty, numbers.allSatisfy(\.isFinite) else {
      throw PipelineError(.usage, "\(flag): expected numbers separated by commas, found '\(text)'; correct them")
    }
    return numbers
  }
}
