import Calibration
import CalibrationData
import Foundation
import ONNX
import Pipeline
import TensorCore
import TestSupport
import Testing

/// However a calibration is divided between threads, shards and runs, the same bytes come out.
@Suite struct DivisionTests {
  /// A random network with samples for it, in a folder of its own.
  private struct Subject {
    let folder = try? TemporaryFolder()
    let settings: CalibrationSettings
    let sampleCount: Int

    init(seed: UInt64) throws {
      var random = RandomNumbers(seed: seed)
      let folder = try #require(folder)
      sampleCount = Int.random(in: 11...60, using: &random)
      var network = RandomNetwork(seed: seed)
      try ONNXWriter.write(network.model, to: "\(folder.path)/net.onnx")
      try NPYWriter.write(network.samples(sampleCount), to: "\(folder.path)/samples.npy")
      var recipe = Recipe()
      recipe.model = "\(folder.path)/net.onnx"
      recipe.data = "\(folder.path)/samples.npy"
      recipe.method = ["entropy", "percentile", "mse", "max", "mean", "auto"][Int(seed % 6)]
      var settings = CalibrationSettings(recipe: recipe)
      settings.evidence = .full
      settings.observed = seed % 3 == 1 ? .fused : .all
      self.settings = settings
    }

    func whole(threads: Int) throws -> (cache: String, record: String) {
      var settings = settings
      settings.threads = threads
      return try settings.files(in: "\(folder?.path ?? "")")
    }

    /// The states of shards, each on its own number of threads.
    func shards(_ count: Int, _ random: inout RandomNumbers) throws -> [String] {
      var states: [String] = []
      for index in (1...count).shuffled(using: &random) {
        var part = settings
        part.shard = try Shard("\(index)/\(count)")
        part.statePath = "\(folder?.path ?? "")/\(index)-of-\(count).state"
        part.threads = Int.random(in: 1...4, using: &random)
        _ = try part.runShard()
        states.append(try #require(part.statePath))
      }
      return states.shuffled(using: &random)
    }

    func merged(_ states: [String]) throws -> (cache: String, record: String) {
      var merge = MergeSettings(states: states)
      merge.evidence = .full
      merge.cachePath = "\(folder?.path ?? "")/net.cache"
      let summary = try merge.run()
      return (try text(of: summary.cachePath), try text(of: summary.recordPath))
    }
  }

  @Test(arguments: 1...24) func `looking at fused layers gives some of the tensors, with the same statistics`(
    seed: UInt64
  ) throws {
    let subject = try Subject(seed: seed)
    defer { withExtendedLifetime(subject) {} }
    var settings = subject.settings
    settings.evidence = .none
    settings.observed = .all
    let all = try settings.job().run().tensors
    settings.observed = .fused
    let fused = try settings.job().run().tensors
    #expect(!fused.isEmpty && fused.count <= all.count)
    for tensor in fused {
      let same = try #require(all.first { $0.name == tensor.name })
      #expect(tensor.statistics == same.statistics && tensor.scale == same.scale, "\(tensor.name)")
    }
  }

  @Test(arguments: 1...18) func `threads and shards do not show in cache, record or evidence`(seed: UInt64) throws {
    let subject = try Subject(seed: seed)
    var random = RandomNumbers(seed: seed &+ 1000)
    let expected = try subject.whole(threads: 1)
    #expect(expected.record.contains("\"evidence\""))
    for threads in 2...4 {
      let found = try subject.whole(threads: threads)
      #expect(found.cache == expected.cache && found.record == expected.record, "\(threads) threads")
    }
    for count in [1, 2, Int.random(in: 3...7, using: &random)] {
      let found = try subject.merged(try subject.shards(count, &random))
      #expect(found.cache == expected.cache && found.record == expected.record, "\(count) shards")
    }
  }

  @Test(arguments: 1...8) func `an interrupted run that is resumed gives the same bytes`(seed: UInt64) throws {
    let subject = try Subject(seed: seed)
    let expected = try subject.whole(threads: 1)
    var random = RandomNumbers(seed: seed)
    var settings = subject.settings
    settings.threads = 1 + Int(seed % 3)
    settings.statePath = "\(subject.folder?.path ?? "")/run.state"
    // Not the path that there is without: the cases run at the same time.
    settings.cachePath = "\(subject.folder?.path ?? "")/net.cache"
    var rounds = 0
    // Interrupted again and again, each time after a few samples more.
    while rounds < 40 {
      let stop = Int.random(in: 1...9, using: &random)
      let user = Interrupter(after: stop)
      settings.resumes = rounds > 0
      rounds += 1
      do {
        let found = try user.run { try settings.run(control: $0) }
        #expect(try text(of: found.cachePath) == expected.cache || found.cachePath != "")
        break
      } catch let error as PipelineError where error.code == .interrupted {
        #expect(error.description.contains("run.state"), "\(error)")
        #expect(FileManager.default.fileExists(atPath: "\(subject.folder?.path ?? "")/run.state"))
      }
    }
    #expect(rounds > 1 && rounds < 40)
    #expect(!FileManager.default.fileExists(atPath: "\(subject.folder?.path ?? "")/run.state"))
    let cachePath = settings.resolvedCachePath
    #expect(try text(of: cachePath) == expected.cache)
    #expect(try text(of: cachePath + ".json") == expected.record)
  }

  @Test func `a run that draws nothing keeps no groups apart, and its state says so`() throws {
    let subject = try Subject(seed: 12)
    var settings = subject.settings
    settings.evidence = .curves
    settings.cachePath = "\(subject.folder?.path ?? "")/net.cache"
    let expected = try settings.files(in: "\(subject.folder?.path ?? "")")
    #expect(expected.record.contains("\"groups\" : 0"))

    func interrupt(_ settings: CalibrationSettings) throws {
      let user = Interrupter(after: 8)
      let error = #expect(throws: PipelineError.self) { try user.run { try settings.run(control: $0) } }
      #expect(error?.code == .interrupted)
    }
    try interrupt(settings)
    settings.resumes = true
    settings.evidence = .full
    let error = #expect(throws: PipelineError.self) { try settings.run() }
    #expect(error?.description.contains("in no groups") == true)
    settings.evidence = .curves
    #expect(try settings.files(in: "\(subject.folder?.path ?? "")") == expected)

    // A state that keeps more than is needed serves as well.
    settings.resumes = false
    settings.evidence = .full
    try interrupt(settings)
    settings.resumes = true
    settings.evidence = .curves
    #expect(try settings.files(in: "\(subject.folder?.path ?? "")") == expected)
  }

  @Test func `a torn end of a state costs no more than its last block`() throws {
    let subject = try Subject(seed: 3)
    let expected = try subject.whole(threads: 1)
    var random = RandomNumbers(seed: 3)
    let state = try #require(try subject.shards(1, &random).first)
    var bytes = try Data(contentsOf: URL(filePath: state))
    bytes.removeLast(40)
    try bytes.write(to: URL(filePath: state))
    #expect(throws: PipelineError.self) { try subject.merged([state]) }
    var part = subject.settings
    part.shard = try Shard("1/1")
    part.statePath = state
    part.resumes = true
    _ = try part.runShard()
    let found = try subject.merged([state])
    #expect(found.cache == expected.cache && found.record == expected.record)
  }

  @Test func `states that do not belong together are refused with the reason`() throws {
    let subject = try Subject(seed: 4)
    var random = RandomNumbers(seed: 4)
    let states = try subject.shards(3, &random)
    func reason(_ states: [String]) -> String {
      do {
        _ = try subject.merged(states)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(reason(Array(states.prefix(2))).contains("missing"))
    #expect(reason(states + [states[0]]).contains("no other state holds"))
    let other = try Subject(seed: 5)
    #expect(reason(states.dropLast() + (try other.shards(1, &random))).contains("the network is another one"))
    // Other data at the same place.
    var network = RandomNetwork(seed: 4)
    _ = network.samples(1)
    try NPYWriter.write(
      network.samples(subject.sampleCount, magnitude: 2), to: try #require(subject.settings.recipe.data))
    #expect(reason(states).contains("the data have changed"))
    var part = subject.settings
    part.shard = try Shard("1/3")
    part.statePath = states.first { $0.contains("/1-of-3") }
    part.resumes = true
    let error = #expect(throws: PipelineError.self) { try part.runShard() }
    #expect(error?.description.contains("the data have changed") == true)
  }

  @Test func `every method can be had from one set of states`() throws {
    let subject = try Subject(seed: 9)
    var random = RandomNumbers(seed: 9)
    let states = try subject.shards(2, &random)
    for method in ["max", "percentile", "mse", "entropy", "auto", "legacy"] {
      var merge = MergeSettings(states: states)
      merge.recipe.method = method
      merge.evidence = .full
      merge.cachePath = "\(subject.folder?.path ?? "")/merged.cache"
      var direct = subject.settings
      direct.recipe.method = method
      #expect(
        try text(of: try merge.run().cachePath) == direct.files(in: subject.folder?.path ?? "").cache, "\(method)")
    }
  }
}

/// Ends a run after so many samples.
private final class Interrupter: Sendable {
  private let limit: Int

  init(after limit: Int) { self.limit = limit }

  func run<Value>(_ body: (RunControl) throws -> Value) throws -> Value {
    let box = Box()
    let limit = limit
    let control = RunControl { done, _ in if done >= limit { box.control?.cancel() } }
    box.control = control
    return try body(control)
  }

  private final class Box: @unchecked Sendable { var control: RunControl? }
}
