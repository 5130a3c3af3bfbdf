import Calibration
import CalibrationData
import Executor
import Foundation

/// What `qtool calibrate` is asked to do: a recipe, and what no recipe holds.
package struct CalibrationSettings: Sendable {
  package var recipe: Recipe
  package var observed = ObservedTensors.all
  /// Whether convolutions are summed product by product, as `compare` and `fp16-audit` do.
  package var isExact = false
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
  /// Where statistics are saved while the run goes on; nil for a file beside the cache.
  package var statePath: String?
  /// Whether to go on from what an interrupted run saved.
  package var resumes = false
  /// The part of the set that this run does; its statistics are saved, and `merge` makes the cache. Nil for all.
  package var shard: Shard?
  package var evidence = EvidenceLevel.curves
  /// The least number of samples that counts as enough; nil for any.
  package var minSamples: Int?
  /// The codes of findings, or `warning` and `error`, that make the check fail.
  package var failOn: [String] = []

  package init(recipe: Recipe) { self.recipe = recipe }

  /// Settles every default, and opens the data set. The job keeps no state on disk: that is for ``savingJob()``.
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
      let options = SampleSet.Options(
        rawShape: recipe.rawShape, labels: recipe.labels, labelForm: recipe.labelForm)
      let workers = threads ?? ProcessInfo.processInfo.activeProcessorCount
      var job = CalibrationJob(
        model: model, samples: try SampleSet.open(data, options: options), estimator: estimator, workers: workers)
      job.selection = SampleSelection(limit: recipe.samples, seed: recipe.seed)
      job.preprocessing = recipe.preprocessing
      job.onBadSample = onBadSample
      job.excluded = recipe.exclude
      job.observed = observed
      job.convolution = isExact ? .direct : .winograd
      job.ignoresBounds = ignoresBounds
      job.plugins = try Plugins(plugins)
      job.masks = try masks()
      job.evidence = evidence
      job.options = try rangeOptions()
      job.shard = shard
      job.resumes = resumes
      job.keepsGroups = shard != nil || statePath != nil
      job.isStateRequired = resumes || shard != nil || statePath != nil
      job.recipe = recipe
      return job
    } catch {
      throw PipelineError(error)
    }
  }

  /// The same for a run that saves its statistics as it goes on, and cleans up after itself.
  func savingJob() throws(PipelineError) -> CalibrationJob {
    var job = try job()
    job.statePath = resolvedStatePath
    return job
  }

  private func rangeOptions() throws -> RangeOptions {
    var options = RangeOptions()
    if let percent = recipe.percentile {
      guard percent > 0, percent <= 100 else {
        throw PipelineError(.usage, "\(RangeMethodError.percentOutOfRange(percent))")
      }
      options.percent = percent
    }
    if let rule = recipe.klZero {
      guard let policy = ZeroPolicy(rawValue: rule) else {
        let names = ZeroPolicy.allCases.map(\.rawValue).joined(separator: ", ")
        throw PipelineError(.usage, "kl_zero: expected one of \(names), found '\(rule)'; choose one of these")
      }
      options.zeros = policy
    }
    if let quantile = recipe.quantile { options.quantile = quantile }
    if let cutoff = recipe.cutoff { options.cutoff = cutoff }
    return options
  }

  private func estimator() throws -> any RangeEstimator {
    let options = try rangeOptions()
    do {
      return try RangeMethod.named(recipe.method ?? RangeMethod.standard).make(options)
    } catch {
      throw PipelineError(.usage, "\(error)")
    }
  }

  private func masks() throws(PipelineError) -> MaskPolicy {
    guard let text = recipe.masks else { return .exclude }
    guard let policy = MaskPolicy(rawValue: text) else {
      let names = MaskPolicy.allCases.map(\.rawValue).joined(separator: ", ")
      throw PipelineError(.usage, "masks: expected one of \(names), found '\(text)'; choose one of these")
    }
    return policy
  }

  /// Where the state goes; nil where the cache goes to a device, beside which there is no room.
  package var resolvedStatePath: String? {
    if let statePath { return statePath }
    if let shard { return "\(resolvedCachePath).\(shard.index)-of-\(shard.count).state" }
    let kind = (try? FileManager.default.attributesOfItem(atPath: resolvedCachePath))?[.type] as? FileAttributeType
    if let kind, kind != .typeRegular, !resumes { return nil }
    return resolvedCachePath + ".state"
  }

  /// Where the cache goes.
  package var resolvedCachePath: String {
    if let cachePath { return cachePath }
    let name = ((recipe.model ?? "network") as NSString).lastPathComponent as NSString
    return name.deletingPathExtension + ".cache"
  }
}
