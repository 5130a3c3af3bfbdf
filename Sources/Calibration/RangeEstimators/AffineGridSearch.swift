/// The asymmetric grid of 256 codes that makes the least expected squared error, saturation included.
///
/// A grid of scale `s` and zero point `z` holds the numbers `s · (q − z)` for `q` from 0 to 255; 0 is one of them, as
/// padding and ReLU need it. Of the codes, `z` stand for negative numbers and `255 − z` for positive ones, so that for
/// one scale the errors of all 256 zero points follow from two sweeps over the histogram: no grid that rounding the zero
/// point rules out is ever weighed. Scales of the form `s₀ · 2^(-j/8)` are tried, `s₀` the least that saturates nothing
/// wherever the zero lies, and the grid that ends with the extremes; then 17 between the neighbours of the best, and once
/// more; of equal grids the widest is taken.
///
/// The criterion is that of ``MeanSquaredErrorRange``: the "MSE" of both ends in M. Nagel et al., "A white paper on neural
/// network quantization" (2021), 3.1.
struct AffineGridSearch {
  /// Coarse candidates per halving of the scale.
  private static let stepsPerOctave = 8
  /// 2^(-1/8), rounded.
  private static let step = 0.9170040432046712
  /// Steps between the neighbours of the best so far, and how often they are made.
  private static let refinements = 16
  private static let rounds = 2
  private static let topCode = 255

  private let negative: MagnitudeMoments?
  private let positive: MagnitudeMoments?

  private struct Candidate {
    var scale = 0.0
    var zeroPoint = 0
    var error = Double.infinity
  }

  init(_ error: QuantizationError) {
    negative = error.negative
    positive = error.positive
  }

  /// The least and the greatest number of the best grid, 0 between them; nil for a tensor without a finite value other
  /// than 0.
  func ends() -> ClosedRange<Float>? {
    guard negative != nil || positive != nil else { return nil }
    let best = search()
    let lower = Float(0 - Double(best.zeroPoint) * best.scale)
    let upper = Float(Double(Self.topCode - best.zeroPoint) * best.scale)
    let limit = Float.greatestFiniteMagnitude
    return max(lower, -limit)...min(upper, limit)
  }

  private func search() -> Candidate {
    let span = (negative?.amax ?? 0) + (positive?.amax ?? 0)
    // Where both signs occur, rounding the zero point may cost a code.
    let widest = span / Double(negative == nil || positive == nil ? Self.topCode : Self.topCode - 1)
    var below: [SquaredError] = [SquaredError()]
    var above: [SquaredError] = [SquaredError()]
    var best = Candidate()
    // The extremes themselves: values that are codes already, such as those of pictures, lie on this grid and no other.
    _ = tryScale(widest, &best, &below, &above)
    _ = tryScale(span / Double(Self.topCode), &best, &below, &above)
    var scale = widest * Self.step
    for _ in 1...(40 * Self.stepsPerOctave) {
      let saturation = tryScale(scale, &best, &below, &above)
      // Saturation only grows from here on.
      if saturation > best.error { break }
      scale *= Self.step
    }
    var from = best.scale * Self.step
    var to = min(widest, best.scale / Self.step)
    for _ in 0..<Self.rounds {
      let width = (to - from) / Double(Self.refinements)
      for refinement in stride(from: Self.refinements, through: 0, by: -1) {
        _ = tryScale(from + width * Double(refinement), &best, &below, &above)
      }
      from = best.scale - width
      to = min(widest, best.scale + width)
    }
    return best
  }

  /// Weighs every zero point for `scale`.
  ///
  /// - Returns: What at least is lost to saturation, whatever the zero point.
  private func tryScale(
    _ scale: Double, _ best: inout Candidate, _ below: inout [SquaredError], _ above: inout [SquaredError]
  ) -> Double {
    negative?.errors(scale: scale, upTo: Self.topCode, into: &below)
    positive?.errors(scale: scale, upTo: Self.topCode, into: &above)
    var saturation = Double.infinity
    // Codes that no value needs are left to the other sign.
    let first = positive == nil ? Self.topCode : 0
    let last = negative == nil ? 0 : Self.topCode
    for zeroPoint in first...last {
      let low = below[min(zeroPoint, below.count - 1)]
      let high = above[min(Self.topCode - zeroPoint, above.count - 1)]
      saturation = min(saturation, low.saturation + high.saturation)
      if low.sum + high.sum < best.error {
        best = Candidate(scale: scale, zeroPoint: zeroPoint, error: low.sum + high.sum)
      }
    }
    return saturation
  }
}
