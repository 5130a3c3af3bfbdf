package import CalibrationData
package import Evaluation
package import Executor
package import Quantization

/// What a comparison found out.
package struct ComparisonOutcome: Sendable {
  package let model: String
  package let modelDigest: String
  package let data: String
  package let dataDigest: String
  let task: any ComparisonTask
  package let preprocessing: Preprocessing?
  package let kernelClass: KernelClass
  package let calibration: String?
  package let target: String
  package let samples: [ComparedSample]
  package let skipped: [SampleRunner.SkippedSample]
  /// FP32 first.
  package let columns: [ComparedColumn]
  package let maxDrop: DropLimit?
  /// What single layers cost, for each precision.
  package var layers: [LayerCosts] = []
  package var profile: EngineProfile?
  package var sweep: [SweepPoint] = []
  package var notes: [String] = []
  /// Names of the calibration that are no tensors of the network.
  package var unknownNames: [String] = []
  /// Where the pictures of the samples are; nil to show none.
  var gallery: FlipGallery?
}

/// One precision beside FP32.
package struct ComparedColumn: Sendable {
  package let name: String
  /// The first is the one that the verdict goes by.
  package let metrics: [ComparedMetric]
  /// Over all samples, against FP32's outputs.
  package let error: SignalError
  /// The mean over the samples, in nats; nil without classes.
  package let divergence: Double?
  /// Places among the samples whose decision differs from FP32's.
  package let flips: [Int]
  /// Nil without labels.
  package let test: McNemar?
  /// The smallest true drop that these samples would show with a probability of 80 %; nil without labels.
  package let detectable: Double?
  /// Nil without labels.
  package let calibrationError: Double?
  package let slices: [ComparedSlice]
  package let classes: [ComparedClass]
  /// The share of the network's multiplications in INT8; nil where unknown.
  package let integerShare: Double?
  /// The nodes that compute in INT8.
  package let integerNodes: Set<String>
  package let keptNodes: [ComparedKeptNode]
  package let verdict: ColumnVerdict
}

extension ComparedColumn {
  /// The first metric of the task, whatever program of the user's stands before it; nil where the task has none.
  var taskMetric: ComparedMetric? { metrics.first { $0.key != MetricCommand.key } }
}

/// A node that could compute in INT8 and does not.
package struct ComparedKeptNode: Sendable {
  package let node: KeptNode
  package let precision: Precision
}

/// A figure of one precision.
package struct ComparedMetric: Sendable {
  package let key: String
  package let label: String
  package let unit: MetricUnit
  package let isLowerBetter: Bool
  /// NaN where it is not defined.
  package let value: Double
  /// Minus FP32's.
  package let delta: Double
  /// Of the delta, at 95 %; nil for FP32, and where the figure cannot be drawn anew.
  package let interval: ConfidenceInterval?

  /// How much is lost: positive where the figure became worse.
  package var loss: Double { isLowerBetter ? delta : -delta }
  /// The greatest loss within the interval.
  package var worst: Double? { interval.map { isLowerBetter ? $0.upper : -$0.lower } }
}

/// The largest loss of the first metric that passes.
package struct DropLimit: Sendable, Hashable {
  /// As it was given, without its unit: 1 of `1%`, 0.01 of `0.01`.
  package let number: Double
  package let isPercent: Bool

  /// In the metric's unit: percentage points of a share; of any other number a part of FP32's where a percentage was
  /// given, else the number itself.
  package func amount(for metric: ComparedMetric) -> Double {
    guard isPercent else { return number }
    return metric.unit == .share ? number / 100 : number / 100 * (metric.value - metric.delta).magnitude
  }
}

/// A slice beside all other samples.
package struct ComparedSlice: Sendable {
  package let finding: SliceFinding
  /// The first metric over the slice's samples.
  package let value: Double
  package let delta: Double
  package let flips: Int
}

/// A class, of samples or of pixels.
package struct ComparedClass: Sendable {
  package let label: Int
  /// How many samples, or pixels, have this label.
  package let count: Int
  /// The share of them that is right, or intersection over union; NaN where it is not defined.
  package let value: Double
  /// Nil where single decisions are not counted.
  package let lost: Int?
  package let won: Int?
}

/// Whether a precision passes.
package enum ColumnVerdict: Sendable, Equatable {
  /// No limit was set.
  case unchecked
  /// The drop is within the limit, and so is all of its interval.
  case passed
  /// The drop is within the limit, but a drop beyond it cannot be ruled out: on so few samples, or because the figure
  /// has no interval.
  case unproven
  /// The drop exceeds the limit.
  case failed
  /// A limit was set, and outputs are NaN or infinite where FP32's are not, or there is no finite one at all: whatever
  /// the metric says, it was not measured.
  case nonFinite

  package var passes: Bool { self != .failed && self != .nonFinite }
}
