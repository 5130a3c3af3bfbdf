import CalibrationData
import Foundation
import TensorCore

/// Compares our preprocessing with the user's own tensors, and names what is different.
///
/// Every order of channels, layout and shift of up to two pixels is tried; for each the straight line that takes our
/// values to theirs best is found, per channel. The hypothesis that leaves least unexplained is reported.
package struct DataCheck: Sendable {
  package var settings: DataSettings
  /// A `.npy` of the user's tensors: as many as the samples, or fewer.
  package var against: String

  package init(settings: DataSettings, against: String) {
    self.settings = settings
    self.against = against
  }

  package struct Result: Encodable, Sendable {
    let samples: Int
    let isEqual: Bool
    /// What is different, the gravest first; empty where nothing is.
    package let differences: [String]
    /// The largest difference between their values and ours, once the named differences are undone.
    let worstRest: Double
    /// Which share of their values' variance the best hypothesis explains.
    let explained: Double

    package var passes: Bool { isEqual }

    /// For standard output.
    package var text: String {
      let head = isEqual ? "equal: " : "different: "
      let lines = differences.map { "  \($0)" }
      let rest = isEqual ? "the largest difference is \(worstRest)" : "\(differences.count) found"
      return ([head + "\(samples) samples compared, \(rest)"] + lines).joined(separator: "\n")
    }

    package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
  }

  /// More samples tell nothing more.
  private static let mostSamples = 8

  /// - Throws: ``PipelineError`` for tensors that cannot be compared.
  package func run() throws(PipelineError) -> Result {
    let samples = try settings.samples()
    let preprocessor = try settings.preprocessor()
    let theirs = try load()
    let count = min(samples.count, theirs.count, Self.mostSamples)
    var ours: [(shape: PictureShape, values: [Float])] = []
    for sample in samples.prefix(count) {
      let tensor = try settings.floats(of: sample, preprocessor)
      let isLast = settings.recipe.preprocessing.map { $0.layout == .nhwc }
      guard let shape = PictureShape(tensor.shape, isChannelsLast: isLast) else {
        throw PipelineError(
          .badData,
          "sample '\(sample.identifier)': expected a picture of 1 or 3 channels, found \(tensor.type); "
            + "this check is for pictures only")
      }
      ours.append((shape, tensor.array(of: Float.self)))
    }
    guard let shape = ours.first?.shape, ours.allSatisfy({ $0.shape == shape }) else {
      throw PipelineError(.badData, "data check: expected samples of one size, found several; crop or resize them")
    }
    let readings = [shape.isChannelsLast, !shape.isChannelsLast].compactMap { isLast -> PictureShape? in
      PictureShape(theirs[0].shape, isChannelsLast: isLast).flatMap { $0.channels == shape.channels ? $0 : nil }
    }
    guard !readings.isEmpty else {
      throw PipelineError(
        .badData,
        "\(against): expected pictures of \(shape.channels) channels, found \(theirs[0].type); "
          + "are these the tensors that the network gets?")
    }
    let pairs = zip(ours, theirs).map { ($0.values, $1.array(of: Float.self)) }
    var best: PictureComparison?
    for reading in readings {
      for isReversed in shape.channels == 3 ? [false, true] : [false] {
        for (dy, dx) in Self.shifts {
          let found = PictureComparison(
            pairs, ours: shape, theirs: reading, isReversed: isReversed, dy: dy, dx: dx)
          // A hypothesis must explain more than a simpler one, not the same.
          if found.explained > (best?.explained ?? -1) + 1e-9 { best = found }
        }
      }
    }
    guard let best else {
      throw PipelineError(.badData, "\(against): expected values to compare, found none; check it")
    }
    return Result(
      samples: count, isEqual: best.differences.isEmpty, differences: best.differences, worstRest: best.worstRest,
      explained: best.explained)
  }

  /// The nearest first.
  private static let shifts: [(Int, Int)] = (-2...2).flatMap { dy in (-2...2).map { (dy, $0) } }
    .sorted { abs($0.0) + abs($0.1) < abs($1.0) + abs($1.1) }

  private func load() throws(PipelineError) -> [Tensor] {
    var settings = settings
    settings.recipe.data = against
    settings.recipe.labels = nil
    settings.recipe.samples = nil
    settings.recipe.seed = nil
    settings.recipe.preprocessing = nil
    let preprocessor = try settings.preprocessor()
    var tensors: [Tensor] = []
    for sample in try settings.samples().prefix(Self.mostSamples) {
      let tensor = try settings.floats(of: sample, preprocessor)
      tensors.append(Tensor(tensor.array(of: Float.self), shape: tensor.shape))
    }
    return tensors
  }
}
