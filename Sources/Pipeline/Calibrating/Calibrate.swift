import Calibration
import CalibrationData
import Executor
import Foundation
import Kernels
import ONNX

extension CalibrationJob {
  /// Runs the network over the samples once, gathers every tensor's statistics and derives the scales.
  ///
  /// The outcome does not depend on the number of workers, nor on the order of the samples but for their ranks, nor on
  /// how the work was divided or interrupted.
  ///
  /// - Throws: ``PipelineError``. An interruption leaves the state, where ``statePath`` is given; else nothing is written.
  package func run(control: RunControl = RunControl()) throws(PipelineError) -> CalibrationOutcome {
    try outcome(of: try gather(control: control), control: control)
  }

  /// What follows from statistics: pure but for the time it takes.
  func outcome(of gathered: GatheredStatistics, control: RunControl) throws(PipelineError) -> CalibrationOutcome {
    let patterns = try NamePatterns(excluded, flag: "--exclude")
    let tensors = gathered.network.network.tensors
    let total = gathered.total
    guard total.sampleCount > 0 else {
      throw PipelineError(
        .badData,
        "\(samples.location): expected at least one usable sample, found none (\(gathered.skipped.count) skipped); "
          + "the first: \(gathered.skipped.first?.reason ?? "the set is empty")")
    }
    // Where each sample's extremes count, every fused tensor was looked at, and what follows of others lacks them.
    if observed == .all || !keepsSampleExtremes { total.derive(tensors) }
    let uses = tensorUses(gathered.network)
    let calibrated = estimate(tensors, total, patterns, uses: uses)
    // Ranges of large networks take a while to estimate.
    try control.check()
    var found = CalibrationEvidence.none
    if evidence != .none, gathered.header.sampleCount > 0 {
      let builder = EvidenceBuilder(
        plan: gathered.plan, blocks: gathered.blocks, tensors: tensors, uses: uses, estimator: estimator,
        workers: workers, drawsAnew: evidence.drawsAnew)
      let listed = listed(tensors, total)
      found = builder.evidence(for: calibrated, listed: listed)
      try control.check()
      if evidence == .methods {
        found.methods = builder.methods(for: calibrated, listed: listed, options: options)
        try control.check()
      }
    }
    return CalibrationOutcome(
      tensors: calibrated, sampleCount: total.sampleCount, skipped: gathered.skipped,
      modelDigest: gathered.network.digest, dataDigest: gathered.header.dataSHA256,
      pluginDigests: gathered.header.pluginSHA256, kernelClass: gathered.kernelClass,
      notes: gathered.network.network.model.notes.map { "\(model): \($0)" },
      warnings: gathered.warnings,
      evidence: found, data: DataEvidence(notes: gathered.notes, samples: samples, skipped: gathered.skipped))
  }

  /// The tensors that get an entry: those of floats, as far as they were to be looked at.
  private func listed(_ tensors: [Network.ObservableTensor], _ bank: CollectorBank) -> [Int] {
    tensors.indices.filter { bank.holdsFloats[$0] && (observed == .all || bank.collectors[$0] != nil) }
  }

  func estimate(
    _ tensors: [Network.ObservableTensor], _ bank: CollectorBank, _ patterns: NamePatterns, uses: [TensorUse]? = nil
  ) -> [CalibratedTensor] {
    let listed = listed(tensors, bank)
    let collectors = listed.map { bank.collectors[$0] ?? TensorCollector() }
    let estimates = parallelMap(listed.count, workers: workers) { position in
      let use =
        uses?[listed[position]]
        ?? TensorUse(bound: ignoresBounds ? nil : tensors[listed[position]].magnitudeBound, masks: masks)
      return estimator.range(of: collectors[position], use: use)
    }
    return listed.enumerated().map { position, index in
      let tensor = tensors[index]
      return CalibratedTensor(
        name: tensor.name, node: tensor.node, opType: tensor.opType, shape: bank.shapes[index],
        statistics: collectors[position], estimate: estimates[position], isExcluded: patterns.match(tensor.name))
    }
  }

  /// What becomes of each tensor in the network.
  func tensorUses(_ network: LoadedNetwork) -> [TensorUse] {
    let graph = network.network.model.graph
    var takers: [String: [String]] = [:]
    for node in graph.nodes {
      // What a body takes from around it may be used in any way.
      let taker = node.hasSubgraphs ? "" : node.opType
      for name in node.usedValues { takers[name, default: []].append(taker) }
    }
    for output in graph.outputs { takers[output.name, default: []].append("") }
    return network.network.tensors.map { tensor in
      let operators = takers[tensor.name] ?? []
      return TensorUse(
        bound: ignoresBounds ? nil : tensor.magnitudeBound, masks: masks,
        isRectified: !operators.isEmpty && operators.allSatisfy { $0 == "Relu" })
    }
  }
}

extension KernelClass {
  /// That of this process.
  package static var current: KernelClass {
    KernelClass(instructionSet: KernelLibrary.name, blas: "OpenBLAS \(BLAS.coreName)")
  }
}
