/// For each tensor the method whose threshold gives the least simulated INT8 error of that tensor.
///
/// The error is the expected squared one, from the histogram (``QuantizationError``). Where nothing but ReLUs take the
/// tensor, negative values come to 0 whatever their code: then only the error of the positive values counts, and all
/// candidates but `max` see the tensor as it is behind the ReLU. The candidates are `max`, `percentile`, `entropy` and `mse`; of equal ones the
/// first of this list is taken, so that the choice is never worse than `max` on this measure. Thresholds are compared
/// after they are lowered to the bound of the tensor's function. The asymmetric range is that of `mse`.
package struct AutomaticRange: RangeEstimator {
  package static let name = "auto"

  private let candidates: [any RangeEstimator]

  package init(percentile: PercentileRange = PercentileRange(), zeros: ZeroPolicy = .neighbour) {
    candidates = [MaxRange(), percentile, EntropyRange(zeros: zeros), MeanSquaredErrorRange()]
  }

  private init(candidates: [any RangeEstimator]) { self.candidates = candidates }

  package var quick: any RangeEstimator { AutomaticRange(candidates: candidates.map(\.quick)) }

  package var isQuickApproximate: Bool { candidates.contains(where: \.isQuickApproximate) }

  package var parameters: [RangeParameter] {
    [RangeParameter("among", candidates.map { type(of: $0).name }.joined(separator: " "))]
      + candidates.flatMap(\.parameters)
  }

  package func threshold(of tensor: TensorCollector) -> RangeThreshold { threshold(of: tensor, use: TensorUse()) }

  package func threshold(of tensor: TensorCollector, use: TensorUse) -> RangeThreshold {
    let error = QuantizationError(tensor)
    let bound = use.bound.map(Double.init).flatMap { $0 > 0 ? $0 : nil } ?? .infinity
    // A tensor without positive values that only ReLUs take has no error that counts: then all errors do.
    let isRectified = use.isRectified && (tensor.maximum?.value ?? 0) > 0
    let seen = isRectified ? tensor.relu() : tensor
    let choices = candidates.enumerated().map { $1.threshold(of: $0 == 0 ? tensor : seen, use: use) }
    let errors = choices.map { error.total(threshold: min(Double($0.amax), bound), isRectified: isRectified).sum }
    var best = 0
    for index in errors.indices where errors[index] < errors[best] { best = index }
    let next = errors.indices.filter { $0 != best }.map { errors[$0] }.min() ?? errors[best]
    var choice = choices[best]
    // Of asymmetric ranges the one of least error is that of `mse`.
    choice.ends = choices.last?.ends
    choice.notes.append(
      .chosen(
        method: type(of: candidates[best]).name, belowMax: Self.decibels(errors[0], over: errors[best]),
        belowNext: Self.decibels(next, over: errors[best])))
    return choice
  }

  /// How far the larger error lies above the least one; a hundred decibels where the least is 0.
  private static func decibels(_ error: Double, over least: Double) -> Double {
    guard error > least else { return 0 }
    return least > 0 ? min(100, fastLog2(error / least) * 3.010299956639812) : 100
  }
}
