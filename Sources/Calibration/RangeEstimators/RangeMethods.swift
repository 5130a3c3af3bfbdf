/// The settings of all range estimators, as the command line and recipes give them.
package struct RangeOptions: Sendable, Hashable {
  /// How many percent of the values lie within the range that `percentile` chooses.
  package var percent = 99.99
  /// What `entropy` does with the values around 0.
  package var zeros = ZeroPolicy.neighbour

  /// Which share of the magnitudes lies within the maximum that `legacy` starts from, and which share of that maximum
  /// it keeps.
  package var quantile = 0.9999
  package var cutoff = 1.0

  package init() {}
}

/// A range estimator that can be asked for by name.
package struct RangeMethod: Sendable {
  package let name: String
  /// One line for the help page.
  package let summary: String
  package let make: @Sendable (RangeOptions) throws(RangeMethodError) -> any RangeEstimator

  init<Estimator: RangeEstimator>(
    _ estimator: Estimator.Type, _ summary: String,
    _ make: @escaping @Sendable (RangeOptions) throws(RangeMethodError) -> Estimator
  ) {
    name = Estimator.name
    self.summary = summary
    self.make = { options throws(RangeMethodError) in try make(options) }
  }

  /// Every method. A new one is added to this list and nowhere else.
  package static let all: [RangeMethod] = [
    RangeMethod(EntropyRange.self, "least Kullback-Leibler divergence over 128 levels") {
      EntropyRange(zeros: $0.zeros)
    },
    RangeMethod(PercentileRange.self, "the magnitude that a percentage of the values does not pass") {
      options throws(RangeMethodError) in try PercentileRange(checking: options.percent)
    },
    RangeMethod(MeanSquaredErrorRange.self, "least mean squared quantization error") { _ in MeanSquaredErrorRange() },
    RangeMethod(MaxRange.self, "the largest magnitude") { _ in MaxRange() },
    RangeMethod(LegacyRange.self, "a share (--cutoff) of a quantile (--quantile), as TensorRT's legacy calibrator") {
      options throws(RangeMethodError) in try LegacyRange(checking: options.quantile, options.cutoff)
    },
    RangeMethod(MeanExtremesRange.self, "the mean of each sample's extremes, as NNCF takes it") { _ in
      MeanExtremesRange()
    },
    RangeMethod(AutomaticRange.self, "for each tensor the one of the others with the least simulated INT8 error") {
      options throws(RangeMethodError) in
      AutomaticRange(percentile: try PercentileRange(checking: options.percent), zeros: options.zeros)
    },
  ]

  /// The name of the method where none is asked for, for all networks and builders. Calibration samples alone chose it:
  /// `Scripts/default-method.py` and `Reports/methods/default.md`.
  package static let standard = MeanSquaredErrorRange.name

  /// The method called `name`.
  package static func named(_ name: String) throws(RangeMethodError) -> RangeMethod {
    guard let method = all.first(where: { $0.name == name }) else {
      throw .unknown(name, known: all.map(\.name))
    }
    return method
  }
}

/// A request for a range estimator that cannot be met.
package enum RangeMethodError: Error, Equatable {
  case unknown(String, known: [String])
  case percentOutOfRange(Double)
  case shareOutOfRange(String, Double)
}

extension RangeMethodError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknown(let name, let known):
      "calibration method: expected one of \(known.joined(separator: ", ")), found '\(name)'; choose one of these"
    case .percentOutOfRange(let percent):
      "percentile: expected a number above 0 and up to 100, found \(percent); 99.99 is usual"
    case .shareOutOfRange(let name, let share):
      "\(name): expected a number above 0 and up to 1, found \(share); give a share of 1"
    }
  }
}
