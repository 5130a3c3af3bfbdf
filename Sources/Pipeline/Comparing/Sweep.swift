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

/// A sweep of which every setting is settled, so that what makes no sense is refused before anything runs.
struct SweepRun {
  private let job: CalibrationJob
  private let methods: [(name: String, estimator: any RangeEstimator)]
  /// How many samples, in ascending order.
  private let counts: [Int]

  init(_ sweep: SweepSettings, settings: ComparisonSettings) throws(PipelineError) {
    let job = try settings.calibrationJob(
      orSay: "--sweep: expected samples to calibrate on, found none; give --calibration-data PATH")
    self.job = job
    let count = job.samples.samples.count
    counts = Set((sweep.samples.isEmpty ? [count] : sweep.samples).map { min($0, count) }).sorted()
    let names = sweep.methods.isEmpty ? RangeMethod.all.map(\.name) : sweep.methods
    methods = try names.map { name throws(PipelineError) in
      do {
        return (name, try RangeMethod.named(name).make(job.options))
      } catch {
        throw PipelineError(.usage, "--sweep: \(error)")
      }
    }
  }

  /// Calibrates once, with the statistics of each number of samples kept as it is reached, and runs INT8 for every
  /// combination.
  func run(
    _ factory: VariantFactory, task: any ComparisonTask, runner: SampleRunner,
    settings: ComparisonSettings, control: RunControl
  ) throws(PipelineError) -> [SweepPoint] {
    let network = factory.loaded.network
    let uses = job.tensorUses(factory.loaded)
    // The mean of extremes needs them by sample; the other methods do not.
    let keepsExtremes = methods.contains { $0.estimator is MeanExtremesRange }
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
        network: network, samples: Array(job.samples.samples[from..<count]), preprocessing: job.preprocessing,
        workers: job.workers, onBadSample: job.onBadSample)
      part.scope = scope
      let (banks, _) = try part.run(
        control: control, makeState: makeBank, observer: { $0 },
        finish: { bank, finished in bank.finishSample(finished.session) })
      for other in banks { bank.merge(other) }
      from = count
      let reached = makeBank()
      reached.merge(bank)
      reached.derive(network.tensors)
      for (name, estimator) in methods {
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
      samples: compared, task: task, columnCount: variants.count, seed: settings.intervalSeed)
    return points.enumerated().map { index, point in
      let column = figures.column(index + 1, variant: variants[index + 1], integerShare: nil, maxDrop: nil)
      return SweepPoint(
        method: point.method, samples: point.samples, error: column.error, flips: column.flips.count,
        metric: column.metrics.first.map { ($0.label, $0.unit) },
        value: column.metrics.first?.value ?? .nan, delta: column.metrics.first?.delta ?? .nan)
    }
  }
}
