/// Whether magnitudes stand where scales should, or the reverse: writers of other tools forget to divide by 127, or do
/// it twice.
///
/// Sigmoid and Softmax tell it surely: their magnitude is close to 1, so that their scale is close to 1/127. So does a
/// network's first tensor whose scale is itself the extreme of an image normalised in a usual way. Without either, the
/// median scale tells it likely: in real caches it lies between 0.006 and 0.08.
package enum UnitRule: LintRule {
  package static let name = "unit"
  package static let summary = "scales are magnitudes divided by 127, once"

  private static let unlikelyMedian: Float = 0.6
  private static let leastEntries = 8

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    let entries = subject.activations.filter { $0.scale.isFinite && $0.scale > 0 }
    let bounded = entries.filter { subject.bound(of: $0.name) != nil }
    let undivided = bounded.filter { isNear($0.scale, 1) }
    let divided = bounded.filter { isNear($0.scale * 127, 1) }
    let twice = bounded.filter { isNear($0.scale * 127 * 127, 1) }
    if undivided.count > divided.count, let first = undivided.first {
      return [
        finding(
          .error,
          "'\(first.name)': expected a scale near 1/127, found \(first.scale): magnitudes were written in place of "
            + "scales; divide every number by 127", undivided.map(\.name))
      ]
    }
    if twice.count > divided.count, let first = twice.first {
      return [
        finding(
          .error,
          "'\(first.name)': expected a scale near 1/127, found \(first.scale): the magnitudes were divided by 127 "
            + "twice; multiply every scale by 127", twice.map(\.name))
      ]
    }
    guard divided.isEmpty, subject.holdsScales else { return [] }
    if let first = entries.first, first.name == subject.activations.first?.name,
      let extreme = KnownExtreme.match(Double(first.scale), candidates: [2048]), !extreme.isPowerOfTwo
    {
      return [
        finding(
          .error,
          "'\(first.name)': expected a scale, found \(first.scale), the magnitude of \(extreme.extreme.meaning): "
            + "magnitudes were written in place of scales; divide every number by 127", [first.name])
      ]
    }
    let scales = entries.map(\.scale).sorted()
    guard scales.count >= leastEntries, scales[scales.count / 2] > unlikelyMedian else { return [] }
    return [
      finding(
        .warning,
        "expected scales around 0.02, found half of them above \(scales[scales.count / 2]); if magnitudes were "
          + "written in place of scales, divide every number by 127")
    ]
  }

  /// Within the few percent that a calibrator moves a saturated Sigmoid.
  private static func isNear(_ value: Float, _ target: Float) -> Bool { value > 0.9 * target && value < 1.12 * target }
}
