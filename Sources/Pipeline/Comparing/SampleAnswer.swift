package import Evaluation

/// What one variant said of one sample, as far as figures are made of it.
package struct SampleAnswer: Sendable {
  package var decision: Decision?
  /// How many classes stand before the right one; nil without a label.
  package var labelRank: Int?
  /// The probability of the class decided for.
  package var confidence = 0.0
  /// Against FP32's outputs.
  package var error = SignalError()
  /// Kullback-Leibler divergence of the outputs' distribution from FP32's, in nats.
  package var divergence = 0.0
  package var detections: [Detection] = []

  package var isRight: Bool { labelRank == 0 }
}

/// A sample and what every variant said of it, FP32 first.
package struct ComparedSample: Sendable {
  package let rank: Int
  package let identifier: String
  package let label: Int?
  package let slices: [(column: String, value: String)]
  package let boxes: [LabelledBox]
  package let answers: [SampleAnswer]
}
