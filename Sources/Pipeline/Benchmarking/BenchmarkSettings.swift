import CalibrationData
import Executor
import Foundation
import TensorCore

/// What `qtool benchmark` is asked to do: a recipe, and what no recipe holds.
package struct BenchmarkSettings: Sendable {
  package var recipe: Recipe
  /// How many samples run at the same time; nil for one per core.
  package var threads: Int?
  /// Whether convolutions are summed product by product.
  package var isExact = false
  /// How often each pass over the samples is timed.
  package var rounds = 5
  /// Whether to time every step, in one more pass of each kind.
  package var profiles = false
  /// Where to write the prepared input tensors, for another program to run on; nil for nowhere.
  package var inputsPath: String?

  package init(recipe: Recipe) { self.recipe = recipe }

  /// How many samples are held in memory where neither flag nor recipe says.
  package static let standardSampleCount = 32

  /// Loads the samples, then times the passes over them.
  ///
  /// - Throws: ``PipelineError``, for samples of different shapes too.
  package func run(control: RunControl = RunControl()) throws(PipelineError) -> BenchmarkResult {
    var settings = CalibrationSettings(recipe: recipe)
    settings.recipe.samples = recipe.samples ?? BenchmarkSettings.standardSampleCount
    settings.threads = threads
    settings.isExact = isExact
    let job = try settings.job()
    if let inputsPath { try OutputCheck.check([inputsPath], besides: recipe.files) }
    let network = try LoadedNetwork(path: job.model)
    let inputs = try BenchmarkInputs(of: job, for: network.network)
    if let inputsPath { try inputs.write(to: inputsPath) }
    return try Benchmark(job: job, network: network.network, samples: inputs.samples).run(
      rounds: rounds, profiles: profiles, control)
  }
}

/// The samples of a benchmark as tensors that fit the network, all of one shape.
struct BenchmarkInputs {
  let samples: [[Tensor]]

  init(of job: CalibrationJob, for network: Network) throws(PipelineError) {
    let fitting = InputFitting(network)
    var loaded: [[Tensor]] = []
    for rank in job.selection.ranks(of: job.samples.count) {
      let sample = job.samples.samples[rank]
      do {
        // A preprocessor each, for it takes a tensor's memory again for the next sample.
        let tensors = try sample.load(with: Preprocessor(job.preprocessing))
        loaded.append(try fitting.fit(tensors, sample: sample.identifier))
      } catch {
        throw PipelineError(error)
      }
      if let first = loaded.first, let last = loaded.last, first.map(\.type) != last.map(\.type) {
        throw PipelineError(
          .badData,
          "sample '\(sample.identifier)': expected the shapes of the first sample, \(first.map(\.type)), found "
            + "\(last.map(\.type)); time samples of one shape (--crop, --resize exact:HxW)")
      }
    }
    guard !loaded.isEmpty else {
      throw PipelineError(.badData, "\(job.samples.location): expected at least one sample, found none; add some")
    }
    samples = loaded
  }

  /// Writes the samples one behind the other, as one array.
  func write(to path: String) throws(PipelineError) {
    guard let first = samples[0].first, samples[0].count == 1, let batch = first.shape.dimensions.first else {
      throw PipelineError(.usage, "--save-inputs: expected a network with one input, found \(samples[0].count)")
    }
    let whole = Shape([batch * samples.count] + first.shape.dimensions.dropFirst())
    let stack = Tensor(uninitialized: TensorType(whole, first.elementType))
    let byteCount = first.type.byteCount
    for (position, sample) in samples.enumerated() {
      unsafe (stack.base + position * byteCount).copyMemory(from: sample[0].base, byteCount: byteCount)
    }
    do {
      try NPYWriter.write(stack, to: path)
    } catch {
      throw PipelineError(error)
    }
  }
}
