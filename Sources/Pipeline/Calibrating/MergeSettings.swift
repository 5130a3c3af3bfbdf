import Calibration
import CalibrationData
import Executor
import Foundation

/// What `qtool merge` is asked to do: put the states of shards together and write what one run would have written.
package struct MergeSettings: Sendable {
  /// The states, in any order.
  package var states: [String]
  /// What flags say; it overrides what the states say.
  package var recipe = Recipe()
  package var ignoresBounds = false
  package var threads: Int?
  package var cachePath: String?
  package var namesFromPath: String?
  package var reportPath: String?
  package var evidence = EvidenceLevel.curves
  package var minSamples: Int?
  package var failOn: [String] = []

  package init(states: [String]) { self.states = states }

  /// Merges and writes. The states stay.
  ///
  /// - Throws: ``PipelineError`` where the states do not belong together, leave samples out or hold some twice, and where
  ///   network or data are no longer those they were made from.
  package func run(control: RunControl = RunControl()) throws(PipelineError) -> CalibrationSummary {
    var contents: [StateContents] = []
    for path in states { contents.append(try StateContents(path: path)) }
    guard let first = contents.first else {
      throw PipelineError(.usage, "merge: expected the states of all shards, found none; name them")
    }
    var warnings: [String] = []
    for other in contents.dropFirst() {
      if let reason = first.header.mismatch(with: other.header) {
        throw PipelineError(
          .badData,
          "\(other.path): expected a state of the same calibration as \(first.path), found that \(reason); "
            + "run that shard again")
      }
    }
    let settings = settings(from: first.header)
    try settings.checkFailOn()
    let job = try settings.job()
    try settings.checkOutputs()
    let network = try LoadedNetwork(path: job.model, plugins: job.plugins)
    var header = try job.stateHeader(of: network, control: control)
    try control.check()
    // States that hold more than is needed serve as well.
    if first.header.keepsSampleExtremes { header.keepsSampleExtremes = true }
    if first.header.keepsGroups { header.keepsGroups = true }
    if let reason = header.mismatch(with: first.header) {
      throw PipelineError(
        .badData,
        "\(first.path): expected a state of \(job.model) on \(job.samples.location), found that \(reason); "
          + "run the shards again")
    }
    let gathered = try gather(contents, network, header, &warnings)
    return try settings.write(
      try job.outcome(of: gathered, control: control), of: job, control: control)
  }

  private func settings(from header: StateHeader) -> CalibrationSettings {
    var settings = CalibrationSettings(recipe: recipe.filled(from: header.recipe))
    settings.observed = header.observed
    settings.isExact = header.convolution == .direct
    settings.ignoresBounds = ignoresBounds || header.ignoresBounds
    settings.plugins = header.plugins
    settings.threads = threads
    settings.cachePath = cachePath
    settings.namesFromPath = namesFromPath
    settings.reportPath = reportPath
    settings.evidence = evidence
    settings.minSamples = minSamples
    settings.failOn = failOn
    return settings
  }

  private func gather(
    _ contents: [StateContents], _ network: LoadedNetwork, _ header: StateHeader, _ warnings: inout [String]
  ) throws(PipelineError) -> GatheredStatistics {
    let tensorCount = network.network.tensors.count
    let plan = header.plan
    let total = CollectorBank(tensorCount: tensorCount)
    var references: [BlockReference] = []
    var owners: [(range: Range<Int>, path: String)] = []
    for state in contents {
      try state.checkBlocks(tensorCount: tensorCount, plan: plan, within: 0..<header.sampleCount)
      for index in state.blocks.indices {
        var block = try state.block(index)
        if let twin = owners.first(where: { $0.range.overlaps(block.positions) }) {
          throw PipelineError(
            .badData,
            "\(state.path): expected samples that no other state holds, found some of \(twin.path); name each shard once"
          )
        }
        owners.append((block.positions, state.path))
        do {
          total.merge(try block.bank())
        } catch {
          throw PipelineError(
            .badData, "\(state.path): expected statistics in block \(index + 1), found damage; run that shard again")
        }
        block.body = []
        references.append(BlockReference(block: block, in: state.bytes, at: state.blocks[index].lowerBound))
      }
    }
    let missing = SegmentPlan.remaining(of: 0..<header.sampleCount, without: owners.map(\.range))
    if let gap = missing.first {
      let count = missing.map(\.count).reduce(0, +)
      throw PipelineError(
        .badData,
        "merge: expected all \(header.sampleCount) samples, found that \(count) are missing, the first of them sample "
          + "\(gap.lowerBound + 1) in order; finish the shards with --resume and name all of their states")
    }
    references.sort { $0.block.positions.lowerBound < $1.block.positions.lowerBound }
    return GatheredStatistics(
      network: network, header: header, plan: plan, total: total, blocks: references,
      kernelClass: kernelClass(contents, &warnings), warnings: warnings)
  }

  private func kernelClass(_ contents: [StateContents], _ warnings: inout [String]) -> KernelClass {
    var classes: [StateHeader.Kernels] = []
    for state in contents where !classes.contains(state.header.kernels) { classes.append(state.header.kernels) }
    classes.sort { ($0.instructionSet, $0.blas) < ($1.instructionSet, $1.blas) }
    if classes.count > 1 {
      let names = classes.map { "\($0.instructionSet), \($0.blas)" }.joined(separator: "; ")
      warnings.append(
        "the shards ran on different kernels (\(names)); the last bits may differ from those of one run")
    }
    func joined(_ names: [String]) -> String {
      var unique: [String] = []
      for name in names where !unique.contains(name) { unique.append(name) }
      return unique.joined(separator: " and ")
    }
    return KernelClass(
      instructionSet: joined(classes.map(\.instructionSet)), blas: joined(classes.map(\.blas)))
  }
}

extension Recipe {
  /// This recipe, with what it leaves open as `other` says.
  func filled(from other: Recipe) -> Recipe {
    var result = other
    result.model = model ?? other.model
    if let data {
      result.data = data
      result.labels = labels
    }
    result.method = method ?? other.method
    result.percentile = percentile ?? other.percentile
    result.klZero = klZero ?? other.klZero
    result.masks = masks ?? other.masks
    result.quantile = quantile ?? other.quantile
    result.cutoff = cutoff ?? other.cutoff
    result.trtVersion = trtVersion ?? other.trtVersion
    result.exclude = other.exclude + exclude
    return result
  }
}
