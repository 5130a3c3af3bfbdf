import CalibrationData
import Evaluation

/// What a network's outputs mean: how a sample's answer is read, when it is right, and which figures sum up a set.
///
/// A task is one file beside this one and one case in ``ComparisonSettings/task(_:network:)``.
protocol ComparisonTask: Sendable {
  /// As recipes and reports call it.
  var name: String { get }
  /// One sample whose answer is another than FP32's.
  var changeWord: String { get }
  /// When a sample counts as changed, as a sentence; empty where that explains itself, and where nothing is counted.
  var changeRule: String { get }
  /// Whether answers change as a whole; no changes are counted else.
  var countsChanges: Bool { get }
  /// Whether an answer is right or wrong and nothing in between, so that McNemar's test applies.
  var isDecided: Bool { get }
  /// The unit of ``loss(of:in:)``.
  var lossUnit: MetricUnit { get }

  /// What the sample's label says. Called once for each sample, on the worker that runs it.
  func truth(of sample: Sample) throws(PipelineError) -> SampleTruth
  /// Makes of a session's outputs what figures need.
  ///
  /// - Parameter baseline: FP32's answer; nil where this is it.
  func read(
    _ outputs: SessionOutputs, truth: SampleTruth, baseline: SampleAnswer?, into answer: inout SampleAnswer
  ) throws(PipelineError)

  /// Whether there are metrics; else outputs are compared as signals only.
  var hasMetrics: Bool { get }
  /// The first is the one that verdicts go by.
  func metrics(_ samples: [ComparedSample], columnCount: Int) -> [ComparisonMetric]
  func hasChanged(_ before: SampleAnswer, _ after: SampleAnswer) -> Bool
  func isRight(_ answer: SampleAnswer) -> Bool
  /// How much worse a sample is in a column than in FP32: what slices are compared by. Finite.
  func loss(of sample: ComparedSample, in column: Int) -> Double
  func classes(_ samples: [ComparedSample], in column: Int) -> [ComparedClass]
  /// The expected calibration error, where answers come with a probability.
  func calibrationError(_ samples: [ComparedSample], in column: Int) -> Double?
  /// The answer in a few words.
  func words(_ answer: SampleAnswer) -> String
  /// An answer that is not FP32's in a few words.
  func words(_ answer: SampleAnswer, after before: SampleAnswer) -> String
}

extension ComparisonTask {
  var changeWord: String { "flip" }
  var changeRule: String { "" }
  var countsChanges: Bool { true }
  var hasMetrics: Bool { true }
  var isDecided: Bool { false }
  var lossUnit: MetricUnit { .share }
  func truth(of sample: Sample) throws(PipelineError) -> SampleTruth { .none }
  func isRight(_ answer: SampleAnswer) -> Bool { false }
  func loss(of sample: ComparedSample, in column: Int) -> Double {
    hasChanged(sample.answers[0], sample.answers[column]) ? 1 : 0
  }
  func classes(_ samples: [ComparedSample], in column: Int) -> [ComparedClass] { [] }
  func calibrationError(_ samples: [ComparedSample], in column: Int) -> Double? { nil }
  func words(_ answer: SampleAnswer, after before: SampleAnswer) -> String { words(answer) }
}

/// What a metric counts in.
package enum MetricUnit: Sendable {
  /// A share of 1, shown in percent.
  case share
  /// A number in the network's own unit, or without one.
  case number
}

/// A figure over samples drawn with putting back.
struct ComparisonMetric: Sendable {
  let key: String
  let label: String
  var unit = MetricUnit.share
  var isLowerBetter = false
  /// How often the samples are drawn anew for its interval.
  var resamples = 2000
  /// The column's figure; NaN where it is not defined.
  ///
  /// - Parameters: The column, and how often each sample counts; nil for once each.
  let value: @Sendable (_ column: Int, _ drawn: Span<Int32>?) -> Double
  /// How far the column's figure lies from that of the first column.
  let change: @Sendable (_ column: Int, _ drawn: Span<Int32>) -> Double

  /// - Parameter change: Nil for the difference of the two values, where there is no shorter way to it.
  init(
    _ key: String, _ label: String, unit: MetricUnit = .share, isLowerBetter: Bool = false, resamples: Int = 2000,
    change: (@Sendable (_ column: Int, _ drawn: Span<Int32>) -> Double)? = nil,
    value: @escaping @Sendable (_ column: Int, _ drawn: Span<Int32>?) -> Double
  ) {
    self.change = change ?? { value($0, $1) - value(0, $1) }
    self.key = key
    self.label = label
    self.unit = unit
    self.isLowerBetter = isLowerBetter
    self.resamples = resamples
    self.value = value
  }

  /// `Σ part / Σ whole` over the samples, such as right ones of all: the mean of a score where every whole is 1.
  ///
  /// - Parameter parts: By column and sample.
  static func ratio(
    _ key: String, _ label: String, unit: MetricUnit = .share, isLowerBetter: Bool = false, parts: [[Double]],
    wholes: [Double]? = nil
  ) -> ComparisonMetric {
    // Most samples are the same in every column: only the others make the change.
    let changed = parts.map { column in column.indices.filter { column[$0] != parts[0][$0] } }
    let change = { @Sendable (column: Int, drawn: Span<Int32>) in
      var total = 0.0
      for i in changed[column] where drawn[i] != 0 { total += Double(drawn[i]) * (parts[column][i] - parts[0][i]) }
      var whole = 0.0
      if let wholes {
        for i in wholes.indices where drawn[i] != 0 { whole += Double(drawn[i]) * wholes[i] }
      } else {
        var count = 0
        for i in drawn.indices { count &+= Int(drawn[i]) }
        whole = Double(count)
      }
      return whole > 0 ? total / whole : .nan
    }
    return ComparisonMetric(key, label, unit: unit, isLowerBetter: isLowerBetter, change: change) { column, drawn in
      let values = parts[column]
      var total = 0.0
      var whole = 0.0
      for i in values.indices {
        var times = 1.0
        if let drawn { times = Double(drawn[i]) }
        if times == 0 { continue }
        total += times * values[i]
        whole += times * (wholes?[i] ?? 1)
      }
      return whole > 0 ? total / whole : .nan
    }
  }

  /// The mean of a score of each sample.
  static func mean(
    _ key: String, _ label: String, unit: MetricUnit = .share, isLowerBetter: Bool = false,
    _ samples: [ComparedSample], columnCount: Int, _ score: (SampleAnswer, ComparedSample) -> Double
  ) -> ComparisonMetric {
    ratio(
      key, label, unit: unit, isLowerBetter: isLowerBetter,
      parts: (0..<columnCount).map { column in samples.map { score($0.answers[column], $0) } })
  }
}
