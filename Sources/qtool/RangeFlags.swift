import ArgumentParser
import Pipeline

/// The flags that say how ranges are chosen, and under which names and for whom the cache is written.
struct RangeFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How ranges are chosen: \(Choices.methods.names). [default: the recipe's, else \(Choices.standardMethod)]",
      valueName: "name"))
  var method: String?

  @Option(
    help: ArgumentHelp("For the method percentile: how many percent of the values the range holds.", valueName: "p"))
  var percentile: Double?

  @Option(
    help: ArgumentHelp(
      "For the method entropy: what the bin of the zeros counts: include, drop or neighbour.", valueName: "rule"))
  var klZero: String?

  @Option(
    help: ArgumentHelp(
      "For the method legacy: which share of the magnitudes its maximum holds. [default: 0.9999]", valueName: "share"))
  var quantile: Double?

  @Option(
    help: ArgumentHelp(
      "For the method legacy: which share of that maximum the range keeps. [default: 1]", valueName: "share"))
  var cutoff: Double?

  @Option(
    help: ArgumentHelp(
      "Values that look like a mask, such as -1e9: exclude them from the range or include them. [default: exclude]",
      valueName: "policy"))
  var masks: String?

  @Option(
    help: ArgumentHelp(
      "The builder's version, such as 8.6.1 or 10.9.0: it skips a cache of another.", valueName: "version"))
  var trtVersion: String?

  @Option(help: ArgumentHelp("Give no scale to tensors whose name matches. May be repeated.", valueName: "regex"))
  var exclude: [String] = []

  @Option(
    help: ArgumentHelp("Keep the names and the order of a cache that a builder made for the network.", valueName: "old")
  )
  var namesFrom: String?

  @Flag(help: "Let ranges exceed what Sigmoid, Softmax and their like can yield, as TensorRT's own calibrator does.")
  var ignoreBounds = false

  /// Puts what the flags say in place of what `recipe` says.
  func apply(to recipe: inout Recipe) {
    if let method { recipe.method = method }
    if let percentile { recipe.percentile = percentile }
    if let klZero { recipe.klZero = klZero }
    if let quantile { recipe.quantile = quantile }
    if let cutoff { recipe.cutoff = cutoff }
    if let masks { recipe.masks = masks }
    if let trtVersion { recipe.trtVersion = trtVersion }
    recipe.exclude += exclude
  }
}

/// The flags that say whether the result is good enough.
struct EvidenceFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How much is told of how far the scales depend on the samples: none, curves, full (also intervals from other \
      draws) or methods (also what every other method comes to).
      """, valueName: "level"))
  var evidence: EvidenceLevel = .curves

  @Option(help: ArgumentHelp("Exit with code 1 where fewer samples could be used.", valueName: "n"))
  var minSamples: Int?

  @Option(
    help: ArgumentHelp(
      "Exit with code 1 on findings of this kind, such as unsettled, mask or warning. May be repeated.",
      valueName: "kind"))
  var failOn: [String] = []
}

extension EvidenceLevel: ExpressibleByArgument {}
