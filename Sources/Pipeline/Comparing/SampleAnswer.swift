package import CalibrationData
package import Evaluation

/// What one variant said of one sample, as far as figures are made of it. Each task fills its own part.
package struct SampleAnswer: Sendable {
  /// Against FP32's outputs.
  package var error = SignalError()

  // Classes.
  package var decision: Decision?
  /// How many classes stand before the right one; nil without a label.
  package var labelRank: Int?
  /// The probability of the class decided for.
  package var confidence = 0.0
  /// Kullback-Leibler divergence of the outputs' distribution from FP32's, in nats.
  package var divergence = 0.0

  // Boxes.
  package var detections: [Detection] = []

  // Pixels.
  package var overlap = ClassOverlap()
  /// The share of pixels with the class that FP32 gives them.
  package var agreement = 1.0
  /// While the sample is looked at: too large to be kept.
  var map: ClassMap?

  // Numbers and vectors.
  package var numbers: [Float] = []
  /// The mean distance from the label's numbers.
  package var deviation = 0.0
  /// Of the angle to the label's vector, or to FP32's where there is none.
  package var cosine = 1.0

  // Texts.
  package var text = ""
  /// How many single changes make the right text of it.
  package var edits = 0
}

/// What the label of a sample says.
package enum SampleTruth: Sendable {
  case none
  case category(Int)
  case boxes([LabelledBox])
  case mask(LabelMask)
  case numbers([Float])
  case text(String)
}

/// A sample and what every variant said of it, FP32 first.
package struct ComparedSample: Sendable {
  package let rank: Int
  package let identifier: String
  /// Masks are gone: their figures are in the answers.
  package let truth: SampleTruth
  package let slices: [(column: String, value: String)]
  package let answers: [SampleAnswer]

  package var label: Int? {
    if case .category(let label) = truth { label } else { nil }
  }

  package var boxes: [LabelledBox] {
    if case .boxes(let boxes) = truth { boxes } else { [] }
  }

  package var target: [Float] {
    if case .numbers(let numbers) = truth { numbers } else { [] }
  }

  package var text: String {
    if case .text(let text) = truth { text } else { "" }
  }

  /// The label in a few words; nil where it is none, or no few words.
  package var labelWords: String? {
    switch truth {
    case .category(let label): "\(label)"
    case .text(let text): "“\(text)”"
    case .boxes(let boxes): "\(boxes.count) object\(boxes.count == 1 ? "" : "s")"
    case .none, .mask, .numbers: nil
    }
  }
}
