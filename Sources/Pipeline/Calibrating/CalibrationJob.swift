package import Calibration
package import CalibrationData
package import Executor

/// What `qtool calibrate` is asked to do, with every default settled.
package struct CalibrationJob: Sendable {
  package var model: String
  package var samples: SampleSet
  package var selection = SampleSelection()
  package var preprocessing: Preprocessing?
  package var estimator: any RangeEstimator
  package var workers: Int
  package var observed = ObservedTensors.all
  package var convolution = NumericPolicy.Convolution.winograd
  package var onBadSample = SampleRunner.BadSamplePolicy.fail
  /// Tensors whose names match one of these regular expressions get no scale.
  package var excluded: [String] = []
  /// Whether ranges may exceed what the operator's definition allows, as TensorRT's own calibrator lets them.
  package var ignoresBounds = false
  package var plugins = Plugins.none
  /// What becomes of values that look like a mask.
  package var masks = MaskPolicy.exclude
  /// How much is worked out beside the scales.
  package var evidence = EvidenceLevel.curves
  /// The settings of all methods, for the evidence about those that were not chosen.
  package var options = RangeOptions()
  /// Where statistics are saved as the run goes on; nil to keep them in memory.
  package var statePath: String?
  /// Whether a state that cannot be saved ends the run.
  package var isStateRequired = false
  /// Whether to go on from the state that is there.
  package var resumes = false
  /// Whether the state can serve intervals that this run does not ask for.
  package var keepsGroups = false
  /// Nil for the whole set.
  package var shard: Shard?
  /// The settings, for a merge to find in the state.
  package var recipe = Recipe()

  package init(model: String, samples: SampleSet, estimator: any RangeEstimator, workers: Int) {
    self.model = model
    self.samples = samples
    self.estimator = estimator
    self.workers = workers
  }
}
