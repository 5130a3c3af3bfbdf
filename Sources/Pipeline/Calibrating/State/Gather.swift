import Calibration
import CalibrationData
import Executor
import Foundation
import ONNX

/// The statistics of a calibration set, from one run or from several put together.
struct GatheredStatistics {
  let network: LoadedNetwork
  let header: StateHeader
  let plan: SegmentPlan
  let total: CollectorBank
  let blocks: [BlockReference]
  let kernelClass: KernelClass
  /// One line each: what the user should know.
  let warnings: [String]
  /// Whether all of it stands in a file.
  var isSaved = false

  /// By rank.
  var skipped: [SampleRunner.SkippedSample] { blocks.flatMap(\.block.skipped).sorted { $0.rank < $1.rank } }
  /// By rank.
  var notes: [SampleNote] { blocks.flatMap(\.block.notes).sorted { $0.rank < $1.rank } }
}

extension CalibrationJob {
  /// The samples used, by ascending rank.
  private var used: [Sample] { selection.ranks(of: samples.count).map { samples.samples[$0] } }

  func stateHeader(
    of network: LoadedNetwork, control: RunControl = RunControl()
  ) throws(PipelineError) -> StateHeader {
    let used = used
    var pluginDigests: [String] = []
    for path in plugins.paths { pluginDigests.append(try Digest.ofFiles([path])) }
    let kernels = KernelClass.current
    return StateHeader(
      modelSHA256: network.digest, pluginSHA256: pluginDigests,
      dataSHA256: Digest.ofSet(samples.contentPaths, workers: workers, isCancelled: { control.isCancelled }),
      orderSHA256: StateHeader.digest(ofNames: used.map { "\($0.rank) \($0.identifier)" }),
      preprocessing: preprocessing, sampleCount: used.count,
      keepsSampleExtremes: keepsSampleExtremes, keepsGroups: keepsGroups || evidence.drawsAnew,
      observed: observed,
      convolution: convolution, kernels: .init(instructionSet: kernels.instructionSet, blas: kernels.blas),
      shard: shard, recipe: recipe,
      ignoresBounds: ignoresBounds, plugins: plugins.paths)
  }

  /// Runs the samples of this job's shard that no saved state covers, and puts everything together.
  ///
  /// - Throws: ``PipelineError``; where the user ends the run, after saving what is done.
  func gather(control: RunControl) throws(PipelineError) -> GatheredStatistics {
    let network = try LoadedNetwork(path: model, plugins: plugins)
    let tensors = network.network.tensors
    let used = used
    let header = try stateHeader(of: network, control: control)
    try control.check()
    let positions = shard?.positions(of: used.count) ?? 0..<used.count

    var warnings: [String] = []
    let old = try savedState(matching: header, tensorCount: tensors.count, positions, &warnings)
    let plan = (old?.header ?? header).plan
    var done: [StateBlock] = []
    if let old { for index in old.blocks.indices { done.append(try old.block(index)) } }
    let rest = SegmentPlan.remaining(of: positions, without: done.map(\.positions))
    let pieces = rest.flatMap { plan.pieces(of: $0) }.map {
      SegmentStore.Piece(
        segment: $0.segment, positions: $0.range, lastRank: used[$0.range.upperBound - 1].rank)
    }
    let file = try openFile(old, header, &warnings)
    let store = SegmentStore(
      pieces: pieces, tensorCount: tensors.count, file: file, isFileRequired: isStateRequired)
    for (index, block) in done.enumerated() {
      do {
        try store.restore(block, offset: old.map { UInt64($0.blocks[index].lowerBound) })
      } catch {
        throw PipelineError(
          .badData, "\(statePath ?? ""): expected statistics in block \(index + 1), found damage; start anew")
      }
    }
    do throws(PipelineError) {
      try runPieces(of: store, network, used: used, control)
      if let lost = store.lostFile, isStateRequired { throw lost }
    } catch {
      // What another run saved is its own; a state without a sample is of no use.
      if old == nil, error.code != .interrupted || error == .nothingWritten { file?.remove() }
      throw error
    }
    let (total, blocks) = store.take()
    return GatheredStatistics(
      network: network, header: header, plan: plan, total: total, blocks: blocks, kernelClass: KernelClass.current,
      warnings: warnings, isSaved: file != nil && store.lostFile == nil)
  }

  private func runPieces(
    of store: SegmentStore, _ network: LoadedNetwork, used: [Sample], _ control: RunControl
  ) throws(PipelineError) {
    let tensorCount = network.network.tensors.count
    let keepsExtremes = keepsSampleExtremes
    let scope = try observationScope(of: network, used: used)
    let clipped = network.network.clipped(in: scope)
    var pieceOfIndex: [Int] = []
    for (index, piece) in store.pieces.enumerated() {
      pieceOfIndex += Array(repeating: index, count: piece.positions.count)
    }
    var runner = SampleRunner(
      network: network.network, samples: store.pieces.flatMap { used[$0.positions] }, preprocessing: preprocessing,
      workers: workers, onBadSample: onBadSample)
    runner.scope = scope
    runner.policy = NumericPolicy(convolution: convolution)
    runner.onSkip = { [pieceOfIndex] index, sample in store.skip(sample, piece: pieceOfIndex[index]) }
    var observers: [SegmentObserver] = []
    do throws(PipelineError) {
      _ = try runner.run(
        control: control,
        makeState: { () -> SegmentObserver in
          let observer = SegmentObserver(store: store) {
            CollectorBank(tensorCount: tensorCount, keepsSampleExtremes: keepsExtremes, clipped: clipped)
          }
          observers.append(observer)
          return observer
        },
        observer: { $0 },
        finish: { (observer: SegmentObserver, finished: SampleRunner.Finished) in observer.finishSample(finished) })
    } catch {
      guard error.code == .interrupted else { throw error }
      for observer in observers { observer.handOver() }
      store.sealOpenPieces()
      throw interruption(store)
    }
    for observer in observers { observer.handOver() }
  }

  private func interruption(_ store: SegmentStore) -> PipelineError {
    let blocks = store.take().blocks
    let done = blocks.map(\.block.positions.count).reduce(0, +)
    guard let statePath, store.lostFile == nil, done > 0 else {
      return .nothingWritten
    }
    return .interrupted(done: done, savedIn: statePath)
  }
}

extension PipelineError {
  static let nothingWritten = PipelineError(.interrupted, "interrupted; nothing was written")

  static func interrupted(done: Int, savedIn path: String) -> PipelineError {
    PipelineError(
      .interrupted,
      "interrupted; the statistics of \(done) samples are saved in \(path): run the same again with --resume")
  }
}
