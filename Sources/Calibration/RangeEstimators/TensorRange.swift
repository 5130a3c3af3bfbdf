/// The range of a tensor that its quantized form covers, and how it was found.
package struct TensorRange: Sendable, Equatable {
  /// The threshold of symmetric quantization: magnitudes beyond it saturate. Positive and finite.
  package let amax: Float
  /// The range for builders that take an asymmetric one: what the method chooses on either side, else the threshold or,
  /// if that is nearer, the extreme met.
  package let lower: Float
  package let upper: Float
  /// The name of the estimator.
  package let method: String
  /// Everything besides the statistics that the result depends on.
  package let parameters: [RangeParameter]
  /// What the reader of a report should know about this range.
  package let notes: [RangeNote]

  /// The scale of symmetric INT8 in binary32 arithmetic: `amax / 127`, rounded once. Never 0.
  package var scale: Float { amax / 127 }
}

/// A named setting of an estimator, worded as in a record.
package struct RangeParameter: Sendable, Hashable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: some CustomStringConvertible) {
    self.name = name
    self.value = value.description
  }
}

/// What came of estimating a tensor's range.
package enum RangeEstimate: Sendable, Equatable {
  case range(TensorRange)
  /// There is no range, and a scale would be 0 or meaningless.
  case dead(DeadTensor)

  package var range: TensorRange? {
    if case .range(let range) = self { range } else { nil }
  }
}

/// Why a tensor has no range.
package enum DeadTensor: Sendable, Hashable {
  /// No value arrived.
  case neverObserved
  /// Every finite value is 0.
  case allZero
  /// Values arrived, but each is NaN or infinite.
  case nothingFinite
  /// The largest magnitude is so small that a 127th of it is 0 in binary32.
  case tooSmall(amax: Float)
}

extension DeadTensor: CustomStringConvertible {
  package var description: String {
    switch self {
    case .neverObserved: "no value was observed"
    case .allZero: "all values are 0"
    case .nothingFinite: "every value is NaN or infinite"
    case .tooSmall(let amax): "the largest magnitude, \(amax), is too small to be divided into 127 steps"
    }
  }
}

/// Something about a range that is not as one would expect.
package enum RangeNote: Sendable, Equatable {
  /// NaN occurred and was left out.
  case notNumbers(count: UInt64, firstSample: Int)
  /// Infinities occurred and were left out.
  case infinities(count: UInt64, firstSample: Int)
  /// The estimator chose `threshold`, which lies beyond what the tensor's function can give.
  case bounded(threshold: Float)
  /// More values are 0 than the percentile leaves out; it was taken among the others instead.
  case percentileAmongZeros
  /// The estimator's own measure chose `threshold`, which would cost more accuracy than is allowed.
  case lossLimited(threshold: Float)
  /// The threshold would have been infinite; it is the largest finite number instead.
  case overflowed
  /// Values that look like a mask occurred, and whether the range was chosen without them.
  case mask(extreme: Float, count: UInt64, isExcluded: Bool)
  /// `auto` took this method: how many decibels its error lies below that of `max` and of the second-best.
  case chosen(method: String, belowMax: Double, belowNext: Double)
  /// The method needs the extremes of each sample, which were not kept; those of all samples stand in.
  case noSampleExtremes
}

extension RangeNote: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notNumbers(let count, let sample): "\(count) NaN left out, first in sample \(sample)"
    case .infinities(let count, let sample): "\(count) infinite values left out, first in sample \(sample)"
    case .bounded(let threshold): "threshold lowered from \(threshold) to the bound of the tensor's function"
    case .percentileAmongZeros: "the percentile falls among exact zeros; taken among the other values"
    case .lossLimited(let threshold): "threshold raised from \(threshold), which would saturate too much"
    case .overflowed: "threshold lowered to the largest finite number"
    case .mask(let extreme, let count, true):
      "\(count) values near \(extreme) look like a mask and were left out of the range"
    case .mask(let extreme, let count, false):
      "\(count) values near \(extreme) look like a mask; the range spans them"
    case .chosen(let method, let belowMax, let belowNext):
      "\(method) chosen: error \(decibels(belowMax)) dB below that of max, \(decibels(belowNext)) dB below the next"
    case .noSampleExtremes: "extremes of single samples were not kept; those of all samples stand in"
    }
  }
}

/// Two decimals, without a sign before a zero.
private func decibels(_ value: Double) -> String {
  guard value.isFinite, value.magnitude < 1e6 else { return "\(value)" }
  let hundredths = Int((value * 100).rounded())
  let digits = String(hundredths.magnitude % 100 + 100).dropFirst()
  return "\(hundredths < 0 ? "-" : "")\(hundredths.magnitude / 100).\(digits)"
}
