package import Quantization

/// What `qtool compare` is asked to do: a recipe, and what no recipe holds.
package struct ComparisonSettings: Sendable {
  package var recipe: Recipe
  /// The precisions beside FP32, in the order of the report.
  package var precisions: [NodePrecision] = [.fp16, .int8]
  /// A calibration record or cache; nil to calibrate on the recipe's data.
  package var calibrationPath: String?
  /// Samples to calibrate on, in place of the recipe's.
  package var calibrationData: String?
  /// Whether a calibration may lack tensors or hold names of another network.
  package var allowsMissing = false
  package var target = Target.tensorrt
  /// How INT8 is computed where the whole network is in it.
  package var arithmetic = IntegerArithmetic.engine
  /// Nodes that keep FP32, or FP16, in every lower precision: regular expressions over their names.
  package var keepFP32: [String] = []
  package var keepFP16: [String] = []
  /// A precision plan: one more column.
  package var planPath: String?
  /// The largest loss of the first metric that passes; nil for no check.
  package var maxDrop: DropLimit?
  /// A program of the user's that rates outputs; its figure stands before those of the task.
  package var metricCommand: MetricCommand?
  /// Measure what single layers cost.
  package var measuresLayers = false
  /// Times of layers, as an engine builder measured them.
  package var profilePath: String?
  package var sweep: SweepSettings?
  package var rounding = "fused"
  package var showsPictures = true
  package var threads: Int?
  /// Draws the samples; nil for the first ones. Intervals go by it too, or by ``standardSeed``.
  package var seed: UInt64?
  package var plugins: [String] = []
  package var onBadSample = SampleRunner.BadSamplePolicy.fail
  package var reportPath: String?
  package var jsonPath: String?
  package var markdownPath: String?

  package init(recipe: Recipe) { self.recipe = recipe }

  private static let standardSeed: UInt64 = 1

  /// Of the intervals' random draws.
  var intervalSeed: UInt64 { seed ?? Self.standardSeed }
}

/// What INT8 is taken to compute.
package enum IntegerArithmetic: String, Sendable, Hashable, CaseIterable {
  /// What the target's engine computes with fused kernels, where that is known.
  case engine
  /// What the operators of the Q/DQ network say, node by node.
  case written
}

/// What `--sweep` asks for.
package struct SweepSettings: Sendable, Hashable {
  package var methods: [String]
  package var samples: [Int]

  package init(methods: [String], samples: [Int]) {
    self.methods = methods
    self.samples = samples
  }

  /// Reads `method=max,mse` and `samples=5,10`, in any order.
  ///
  /// - Throws: ``PipelineError`` for anything else.
  package init?(_ words: [String]) throws(PipelineError) {
    guard !words.isEmpty else { return nil }
    methods = []
    samples = []
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      let values = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
      let numbers = values.compactMap { Int($0) }.filter { $0 > 0 }
      switch parts.first {
      case "method" where !values.isEmpty: methods = values
      case "samples" where !values.isEmpty && numbers.count == values.count: samples = numbers
      default:
        throw PipelineError(
          .usage, "--sweep: expected method=NAME,… or samples=N,…, found '\(word)'; correct it")
      }
    }
  }
}
