import Calibration
import CalibrationData
import Pipeline
import Synchronization
import TestSupport
import Testing

/// A run that its user ends.
@Suite struct InterruptionTests {
  private func job(_ estimator: any RangeEstimator) throws -> CalibrationJob {
    let recipe = try BundledNetwork.recipe()
    let set = try SampleSet.open(try #require(recipe.data))
    var job = CalibrationJob(model: try #require(recipe.model), samples: set, estimator: estimator, workers: 2)
    job.preprocessing = recipe.preprocessing
    job.selection = SampleSelection(limit: 20)
    return job
  }

  private func interruption(_ body: () throws -> Void) -> PipelineError? {
    do {
      try body()
      Issue.record("the run went on to its end")
      return nil
    } catch {
      return error as? PipelineError
    }
  }

  @Test(arguments: [1, 7, 20]) func `it ends after the samples in work`(last: Int) throws {
    let user = User()
    let control = RunControl { done, total in
      #expect(total == 20)
      user.see(done, endingAt: last)
    }
    user.control.withLock { $0 = control }
    let job = try job(MaxRange())
    let error = interruption { _ = try job.run(control: control) }
    #expect(error == PipelineError(.interrupted, "interrupted; nothing was written"))
    // Each of the two workers may be in the middle of a sample.
    #expect(user.seen.withLock { $0 } <= last + 2)
  }

  @Test func `it ends while ranges are estimated`() throws {
    let control = RunControl()
    let job = try job(CancellingRange(control: control))
    let error = interruption { _ = try job.run(control: control) }
    #expect(error?.code == .interrupted)
  }

  @Test func `no file is written`() throws {
    let folder = try TemporaryFolder()
    var settings = CalibrationSettings(recipe: try BundledNetwork.recipe())
    settings.cachePath = "\(folder.path)/net.cache"
    let control = RunControl()
    control.cancel()
    #expect(interruption { _ = try settings.run(control: control) }?.code == .interrupted)
    #expect(folder.entries.isEmpty)
  }

  /// Follows the progress, and ends the run at some point.
  private final class User: Sendable {
    let control = Mutex<RunControl?>(nil)
    let seen = Mutex(0)

    func see(_ done: Int, endingAt last: Int) {
      seen.withLock { $0 = max($0, done) }
      if done == last { control.withLock { $0 }?.cancel() }
    }
  }

  /// An estimator during whose work the user presses Ctrl-C.
  private struct CancellingRange: RangeEstimator {
    static let name = "cancelling"
    let control: RunControl
    var parameters: [RangeParameter] { [] }

    func threshold(of tensor: TensorCollector) -> RangeThreshold {
      control.cancel()
      return RangeThreshold(1)
    }
  }
}
