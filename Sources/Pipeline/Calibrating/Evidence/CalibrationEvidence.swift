/// How much is worked out beside the scales.
package enum EvidenceLevel: String, Sendable, CaseIterable {
  /// How every scale moves as samples are added.
  case curves
  /// That, and an interval for every scale from other draws of the samples, which takes several times as long as the
  /// scales themselves.
  case full
  /// That, and what every other method would have come to from how many samples.
  case methods
  /// Nothing: for the last bit of speed.
  case none

  /// Whether the set is drawn anew.
  var drawsAnew: Bool { self == .full || self == .methods }
}

/// How far the scales depend on the samples that there were.
package struct CalibrationEvidence: Sendable {
  /// For how many samples, the first so many, the scales were worked out; the last is all.
  package let prefixes: [Int]
  /// How often the set was drawn anew, and from how many groups of neighbouring samples; 0 where that was not asked for,
  /// or there were too few.
  package let resampleCount: Int
  package let groupCount: Int
  /// For each of the outcome's tensors; empty where no evidence was asked for.
  package let tensors: [TensorEvidence]
  /// The smallest of ``prefixes`` from which on 99 % of the tensors are within 1 % of their final scale.
  package let sufficientPrefix: Int?
  /// What every method comes to; empty unless that was asked for.
  package var methods: [MethodEvidence] = []

  static let none = CalibrationEvidence(
    prefixes: [], resampleCount: 0, groupCount: 0, tensors: [], sufficientPrefix: nil)

  /// How near to its final scale a tensor must be to count as settled from some prefix on.
  package static let nearTolerance = 0.01
  /// Which share of the tensors must have settled for a prefix to suffice.
  package static let settledShare = 0.99
  /// By how much the scale of half the samples may differ from the final one before the tensor counts as unsettled.
  package static let unsettledTolerance = 0.05
}

/// What one method comes to from the first so many samples, measured on all of them.
package struct MethodEvidence: Sendable, Equatable {
  package let method: String
  package let samples: Int
  /// The mean and the least, over the tensors, of the signal-to-noise ratio of symmetric INT8, in decibels, expected from
  /// the histogram of all samples.
  package let meanSQNR: Double
  package let leastSQNR: Double
}

/// How far one tensor's scale depends on the samples.
///
/// Scales of prefixes are found by the method's quick form, and ``settledAt`` compares them with the quick scale of all
/// samples: like with like. ``isUnsettled`` compares full searches.
package struct TensorEvidence: Sendable, Equatable {
  /// For each prefix; nil where the tensor had no range yet. The last is the scale of the cache.
  package let scales: [Float?]
  /// The scale of the first half of the samples.
  package let halfScale: Float?
  /// The least and the greatest scale of all resamples: with 20 of them, an interval that holds 90 % of what other sets
  /// of this size would give. Nil without resampling or without a range.
  package let interval: ClosedRange<Float>?
  /// The first prefix from which on every one is within 1 % of the final scale; nil without a range.
  package let settledAt: Int?
  /// Whether the scale of the first half differs from the final one by more than 5 %.
  package let isUnsettled: Bool
}
