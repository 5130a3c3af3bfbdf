/// How far a classifier's confidence is from its accuracy: the expected calibration error of Guo et al. 2017, over
/// equal-width bins of the confidence.
package struct CalibrationError: Sendable, Hashable {
  package struct Bin: Sendable, Hashable {
    package var count = 0
    package var right = 0
    package var confidence = 0.0
  }

  /// By confidence, `(i / n, (i + 1) / n]`.
  package private(set) var bins: [Bin]

  package init(binCount: Int = 15) { bins = Array(repeating: Bin(), count: max(1, binCount)) }

  /// - Parameter confidence: The probability of the class decided for; NaN counts as 0.
  package mutating func add(confidence: Double, isRight: Bool) {
    let value = confidence.isNaN ? 0 : min(max(confidence, 0), 1)
    let place = min(bins.count - 1, max(0, Int((value * Double(bins.count)).rounded(.up)) - 1))
    bins[place].count += 1
    bins[place].right += isRight ? 1 : 0
    bins[place].confidence += value
  }

  /// `Σ (nᵢ / n) · |accuracyᵢ − confidenceᵢ|`; NaN without samples.
  package var expected: Double {
    let total = bins.reduce(0) { $0 + $1.count }
    guard total > 0 else { return .nan }
    return bins.reduce(0) { $0 + (Double($1.right) - $1.confidence).magnitude } / Double(total)
  }
}
