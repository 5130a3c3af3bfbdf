import Calibration
import CalibrationData
import Foundation

/// What `qtool calibrate` is asked to do: a recipe, and what no recipe holds.
package struct CalibrationSettings: Sendable {
  package var recipe: Recipe
  package var ignoresBounds = false
  /// Shared libraries with operators that the network uses.
  package var plugins: [String] = []
  package var onBadSample = SampleRunner.BadSamplePolicy.fail
  /// How many samples run at the same time; nil for one per core.
  package var threads: Int?
  /// The cache to write; nil for one named after the network, in the current folder.
  package var cachePath: String?
  /// A cache of the same network whose names and order the new one keeps; nil for those of the network.
  package var namesFromPath: String?
  /// The page to write; nil for none.
  package var reportPath: String?

  package init(recipe: Recipe) { self.recipe = recipe }

  /// Settles every default, and opens the data set.
  ///
  /// - Throws: ``PipelineError`` for a setting that makes no sense and for data that are not there.
  package func job() throws(PipelineError) -> CalibrationJob {
    guard let model = recipe.model else {
      throw PipelineError(.usage, "network: expected an ONNX file, found none; name one or give --recipe")
    }
    guard let data = recipe.data else {
      throw PipelineError(.usage, "calibration data: expected samples, found none; give --data or --recipe")
    }
    do {
      let estimator = try estimator()
      let options = SampleSet.Options(rawShape: recipe.rawShape, labels: recipe.labels)
      let workers = threads ?? ProcessInfo.processInfo.activeProcessorCount
      var job = CalibrationJob(
        model: model, samples: try SampleSet.open(data, options: options), estimator: estimator, workers: workers)
      job.selection = SampleSelection(limit: recipe.samples, seed: recipe.seed)
      job.preprocessing = recipe.preprocessing
      job.onBadSample = onBadSample
      job.excluded = recipe.exclude
      job.ignoresBounds = ignoresBounds
      job.plugins = try Plugins(plugins)
      return job
    } catch {
      throw PipelineError(error)
    }
  }

  private func estimator() throws -> any RangeEstimator {
    var options = RangeOptions()
    if let percent = recipe.percentile { options.percent = percent }
    if let rule = recipe.klZero {
      guard let policy = ZeroPolicy(rawValue: rule) else {
        let names = ZeroPolicy.allCases.map(\.rawValue).joined(separator: ", ")
        throw PipelineError(.usage, "kl_zero: expected one of \(names), found '\(rule)'; choose one of these")
      }
      options.zeros = policy
    }
    do {
      return try RangeMethod.named(recipe.method ?? EntropyRange.name).make(options)
    } catch {
      throw PipelineError(.usage, "\(error)")
    }
  }

  /// Where the cache goes.
  package var resolvedCachePath: String {
    if let cachePath { return cachePath }
    let name = ((recipe.model ?? "network") as NSString).lastPathComponent as NSString
    return name.deletingPathExtension + ".cache"
  }
}
