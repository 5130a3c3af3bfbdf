/// A method that chooses a tensor's range from its statistics: a pure function, safe to call from any thread.
package protocol RangeEstimator: Sendable {
  /// What `--method` and records call it.
  static var name: String { get }

  /// The settings of this estimator, for the record.
  var parameters: [RangeParameter] { get }

  /// Chooses the threshold of a tensor that has at least one finite value other than 0.
  func threshold(of tensor: TensorCollector) -> RangeThreshold
}

/// What an estimator chose.
package struct RangeThreshold: Sendable, Equatable {
  /// Positive and finite.
  package var amax: Float
  package var notes: [RangeNote]

  /// Takes a threshold computed in higher precision; one that overflows becomes the largest finite number.
  package init(_ amax: Double, notes: [RangeNote] = []) {
    let rounded = Float(amax)
    self.amax = min(max(rounded, .leastNonzeroMagnitude), .greatestFiniteMagnitude)
    self.notes = rounded.isFinite ? notes : notes + [.overflowed]
  }
}

extension RangeEstimator {
  /// Estimates a tensor's range.
  ///
  /// - Parameters:
  ///   - tensor: The statistics of the tensor. NaN and infinities in it are left out and noted.
  ///   - bound: The largest magnitude that the function which makes the tensor can give, such as 1 for Sigmoid and
  ///     Softmax. The range never exceeds it. Nil for none, or to mimic a builder that knows of no bounds.
  package func range(of tensor: TensorCollector, bound: Float? = nil) -> RangeEstimate {
    guard tensor.count > 0 else { return .dead(.neverObserved) }
    guard let minimum = tensor.minimum, let maximum = tensor.maximum else { return .dead(.nothingFinite) }
    guard tensor.amax > 0 else { return .dead(.allZero) }

    let choice = threshold(of: tensor)
    var amax = choice.amax
    var notes = tensor.nonFiniteNotes + choice.notes
    if let bound, bound > 0, amax > bound {
      notes.append(.bounded(threshold: amax))
      amax = bound
    }
    guard amax / 127 > 0 else { return .dead(.tooSmall(amax: tensor.amax)) }
    return .range(
      TensorRange(
        amax: amax, lower: max(minimum.value, -amax), upper: min(maximum.value, amax), method: Self.name,
        parameters: parameters, notes: notes))
  }
}

extension TensorCollector {
  fileprivate var nonFiniteNotes: [RangeNote] {
    var notes: [RangeNote] = []
    if let sample = nans.firstSample { notes.append(.notNumbers(count: nans.count, firstSample: sample)) }
    var infinities = positiveInfinities
    infinities.merge(negativeInfinities)
    if let sample = infinities.firstSample {
      notes.append(.infinities(count: infinities.count, firstSample: sample))
    }
    return notes
  }
}
