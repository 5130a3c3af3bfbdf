/// The threshold of least expected squared error of symmetric INT8, saturation included; beside it the asymmetric range
/// of least error, which is another search (``AffineGridSearch``): with twice the codes per sign it clips less.
///
/// A value `x` becomes `s · clamp(round(x / s), -128, 127)` with `s = threshold / 127`. The expected error follows
/// from the histogram with values spread evenly within each bin. Thresholds of the form `amax · 2^(-j/32)` are tried,
/// the whole range among them, then 65 between the neighbours of the best; of equal ones the greatest is taken.
package struct MeanSquaredErrorRange: RangeEstimator {
  package static let name = "mse"

  /// Coarse candidates per halving of the threshold.
  private static let stepsPerOctave = 32
  /// Candidates between the neighbours of the best coarse one.
  private static let refinements = 64

  /// Whether the asymmetric range is searched for, too.
  private let findsEnds: Bool

  package init() { self.init(findsEnds: true) }

  private init(findsEnds: Bool) { self.findsEnds = findsEnds }

  package var quick: any RangeEstimator { MeanSquaredErrorRange(findsEnds: false) }

  package var parameters: [RangeParameter] { [] }

  package func threshold(of tensor: TensorCollector) -> RangeThreshold {
    let error = QuantizationError(tensor)
    let amax = Double(tensor.amax)
    var best = amax
    var least = error.total(threshold: amax).sum
    var candidate = amax
    // 2^(-1/32), rounded.
    let step = 0.9785720620877001
    for _ in 1...(40 * Self.stepsPerOctave) {
      candidate *= step
      let found = error.total(threshold: candidate)
      if found.sum < least {
        least = found.sum
        best = candidate
      }
      // Saturation only grows from here on.
      if found.saturation > least { break }
    }
    let from = best * step
    let to = min(amax, best / step)
    for refinement in stride(from: Self.refinements, through: 0, by: -1) {
      let candidate = from + (to - from) * Double(refinement) / Double(Self.refinements)
      let sum = error.total(threshold: candidate).sum
      if sum < least {
        least = sum
        best = candidate
      }
    }
    var choice = RangeThreshold(best)
    if findsEnds { choice.ends = AffineGridSearch(error).ends() }
    return choice
  }
}
