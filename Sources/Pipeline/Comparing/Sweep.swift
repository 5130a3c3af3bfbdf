import Calibration
import CalibrationData
package import Evaluation
import Executor
import Foundation
import ONNX
import Quantization

/// INT8 with one method and one number of calibration samples.
package struct SweepPoint: Sendable {
  package let method: String
  package let samples: Int
  package let error: SignalError
  package let flips: Int
  /// The label and unit of the first metric of the task; nil where there is none.
  package let metric: (label: String, unit: MetricUnit)?
  /// It, and its change against FP32; NaN where there is none.
  package let value: Double
  package let delta: Double
}

extension SweepSettings {
  /// Calibrates once, with the statistics of each number of samples kept as it is reached, and runs INT8 for every
  /// combination.
  func run(
    _ factory: VariantFactory, task: any ComparisonTask, runner: SampleRunner,
    settings: ComparisonSettings, control: RunControl
  ) throws(PipelineError) -> [SweepPoint] {
    var calibration = CalibrationSettings(recipe: settings.recipe)
    if let data = settings.calibrationData { calibration.recipe.data = data }
    calibration.recipe.samples = nil
    calibration.threads = settings.threads
    let job = try calibration.job()
    let ranks = job.selection.ranks(of: job.samples.samples.count)
    let all = ranks.map { job.samples.samples[$0] }
    let network = factory.loaded.network
    let counts = Set((samples.isEmpty ? [all.count] : samples).map { min($0, all.count) }).sorted()
    let names = methods.isEmpty ? RangeMethod.all.map(\.name) : methods
    let estimators = try names.map { name throws(PipelineError) in
      do {
        return try RangeMethod.named(name).make(RangeOptions())
      } catch {
        throw PipelineError(.usage, "--sweep: \(error)")
      }
    }
    let uses = job.tensorUses(factory.loaded)
    // The mean of extremes needs them by sample; the other methods do not.
    let keepsExtremes = estimators.contains { $0 is MeanExtremesRange }
    // What derives from other tensors does so by its values; the extremes of single samples do not.
    let scope: ObservationScope = keepsExtremes ? .only(Set(network.tensors.indices)) : .all
    let clipped = network.clipped(in: scope)
    let makeBank = {
      CollectorBank(tensorCount: network.tensors.count, keepsSampleExtremes: keepsExtremes, clipped: clipped)
    }
    let bank = makeBank()
    var from = 0
    var variants = [factory.baseline]
    var points: [(method: String, samples: Int)] = []
    for count in counts {
      var part = SampleRunner(
        network: network, samples: Array(all[from..<count]), preprocessing: job.preprocessing, workers: job.workers,
        onBadSample: job.onBadSample)
      part.scope = scope
      let (banks, _) = try part.run(
        control: control, makeState: makeBank, observer: { $0 },
        finish: { bank, finished in bank.finishSample(finished.session) })
      for other in banks { bank.merge(other) }
      from = count
      let reached = makeBank()
      reached.merge(bank)
      reached.derive(network.tensors)
      for (name, estimator) in zip(names, estimators) {
        var own = job
        own.estimator = estimator
        let tensors = own.estimate(
          network.tensors, reached, try NamePatterns(job.excluded, flag: "--exclude"), uses: uses)
        variants.append(
          try factory.variant(.int8, ranges: ActivationRanges(tensors, source: "\(name), \(count) samples")))
        points.append((name, count))
      }
    }
    let (compared, _) = try ComparisonRun(variants: variants, task: task, output: settings.recipe.output)
      .run(runner, control: control)
    let figures = ComparisonFigures(
      samples: compared, task: task, columnCount: variants.count, seed: settings.seed)
    return points.enumerated().map { index, point in
      let column = figures.column(index + 1, variant: variants[index + 1], integerShare: nil, maxDrop: nil)
      return SweepPoint(
        method: point.method, samples: point.samples, error: column.error, flips: column.flips.count,
        metric: column.metrics.first.map { ($0.label, $0.unit) },
        value: column.metrics.first?.value ?? .nan, delta: column.metrics.first?.delta ?? .nan)
    }
  }
}
