/// A method that chooses a tensor's range from its statistics: a pure function, safe to call from any thread.
package protocol RangeEstimator: Sendable {
  /// What `--method` and records call it.
  static var name: String { get }

  /// The settings of this estimator, for the record.
  var parameters: [RangeParameter] { get }

  /// Chooses the threshold of a tensor that has at least one finite value other than 0.
  func threshold(of tensor: TensorCollector) -> RangeThreshold

  /// The same where it matters what becomes of the tensor; most methods do not ask.
  func threshold(of tensor: TensorCollector, use: TensorUse) -> RangeThreshold

  /// An estimator that answers nearly the same in a fraction of the time, for evidence that asks it many times. It need
  /// not know asymmetric ranges.
  var quick: any RangeEstimator { get }

  /// Whether thresholds of ``quick`` may be others, so that those must be compared among themselves only.
  var isQuickApproximate: Bool { get }
}

/// What is known of a tensor besides its values.
package struct TensorUse: Sendable, Hashable {
  /// The largest magnitude that the function which makes the tensor can give, such as 1 for Sigmoid and Softmax; nil for
  /// none, or to mimic a builder that knows of no bounds. No range exceeds it.
  package var bound: Float?
  /// What becomes of masks.
  package var masks = MaskPolicy.include
  /// Whether every operator that takes the tensor replaces negative values by 0, as ReLU does: then errors in them do
  /// not count.
  package var isRectified = false

  package init(bound: Float? = nil, masks: MaskPolicy = .include, isRectified: Bool = false) {
    self.bound = bound
    self.masks = masks
    self.isRectified = isRectified
  }
}

/// What an estimator chose.
package struct RangeThreshold: Sendable, Equatable {
  /// Positive and finite.
  package var amax: Float
  /// The ends of the asymmetric range, where the method chooses them apart from ``amax``.
  package var ends: ClosedRange<Float>?
  package var notes: [RangeNote]

  /// Takes a threshold computed in higher precision; one that overflows becomes the largest finite number.
  package init(_ amax: Double, notes: [RangeNote] = []) {
    let rounded = Float(amax)
    self.amax = min(max(rounded, .leastNonzeroMagnitude), .greatestFiniteMagnitude)
    self.notes = rounded.isFinite ? notes : notes + [.overflowed]
  }
}

extension RangeEstimator {
  package func threshold(of tensor: TensorCollector, use: TensorUse) -> RangeThreshold { threshold(of: tensor) }

  package var quick: any RangeEstimator { self }

  package var isQuickApproximate: Bool { false }

  /// Estimates a tensor's range.
  ///
  /// - Parameters:
  ///   - tensor: The statistics of the tensor. NaN and infinities in it are left out and noted.
  ///   - bound: See ``TensorUse/bound``.
  package func range(of tensor: TensorCollector, bound: Float? = nil) -> RangeEstimate {
    range(of: tensor, use: TensorUse(bound: bound))
  }

  /// Estimates a tensor's range. NaN and infinities in it are left out and noted; masks, as `use` says.
  package func range(of tensor: TensorCollector, use: TensorUse) -> RangeEstimate {
    guard tensor.count > 0 else { return .dead(.neverObserved) }
    guard tensor.minimum != nil else { return .dead(.nothingFinite) }
    guard tensor.amax > 0 else { return .dead(.allZero) }

    let (rest, masks) = use.masks == .exclude ? tensor.withoutMasks() : (tensor, [])
    let found = use.masks == .exclude ? masks : tensor.mask.map { [$0] } ?? []
    guard let minimum = rest.minimum?.value, let maximum = rest.maximum?.value else { return .dead(.nothingFinite) }
    let choice = threshold(of: rest, use: use)
    var amax = choice.amax
    var notes = tensor.nonFiniteNotes
    notes += found.map { .mask(extreme: $0.extreme, count: $0.count, isExcluded: use.masks == .exclude) }
    notes += choice.notes
    // What the method does not choose is never wider than the symmetric range.
    var lower = choice.ends?.lowerBound ?? max(minimum, -amax)
    var upper = choice.ends?.upperBound ?? max(min(maximum, amax), lower)
    if let bound = use.bound, bound > 0 {
      if amax > bound { notes.append(.bounded(threshold: amax)) }
      amax = min(amax, bound)
      lower = max(lower, -bound)
      upper = max(min(upper, bound), lower)
    }
    guard amax / 127 > 0 else { return .dead(.tooSmall(amax: tensor.amax)) }
    return .range(
      TensorRange(
        amax: amax, lower: lower, upper: upper, method: Self.name, parameters: parameters, notes: notes))
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
