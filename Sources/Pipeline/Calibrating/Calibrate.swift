import Calibration
import CalibrationData
import Executor
import ONNX

extension CalibrationJob {
  /// Runs the network over the samples once, gathers every tensor's statistics and derives the scales.
  ///
  /// The outcome does not depend on the number of workers, nor on the order of the samples but for their ranks.
  ///
  /// - Throws: ``PipelineError``; nothing is written by this call.
  package func run(control: RunControl = RunControl()) throws(PipelineError) -> CalibrationOutcome {
    let network = try LoadedNetwork(path: model, plugins: plugins)
    let patterns = try NamePatterns(excluded, flag: "--exclude")
    let used = selection.ranks(of: samples.count).map { samples.samples[$0] }
    var runner = SampleRunner(
      network: network.network, samples: used, preprocessing: preprocessing, workers: workers, onBadSample: onBadSample)
    runner.scope = .all
    let tensors = network.network.tensors
    let (banks, skipped) = try runner.run(
      control: control, makeState: { CollectorBank(tensorCount: tensors.count) }, observer: { $0 },
      finish: { bank, finished in bank.finishSample(finished.session) })
    let total = banks[0]
    for bank in banks.dropFirst() { total.merge(bank) }
    guard total.sampleCount > 0 else {
      throw PipelineError(
        .badData,
        "\(samples.location): expected at least one usable sample, found none (\(skipped.count) skipped); "
          + "the first: \(skipped.first?.reason ?? "the set is empty")")
    }
    total.derive(tensors)
    let calibrated = estimate(tensors, total, patterns)
    // Ranges of large networks take a while to estimate.
    try control.check()
    var pluginDigests: [String] = []
    for path in plugins.paths { pluginDigests.append(try Digest.ofFiles([path])) }
    return CalibrationOutcome(
      tensors: calibrated, sampleCount: total.sampleCount, skipped: skipped,
      modelDigest: network.digest, dataDigest: Digest.ofSet(samples.contentPaths), pluginDigests: pluginDigests,
      kernelClass: KernelClass.current,
      notes: network.network.model.notes.map { "\(model): \($0)" })
  }

  func estimate(
    _ tensors: [Network.ObservableTensor], _ bank: CollectorBank, _ patterns: NamePatterns
  ) -> [CalibratedTensor] {
    let listed = tensors.indices.filter { bank.holdsFloats[$0] }
    let collectors = listed.map { bank.collectors[$0] ?? TensorCollector() }
    let estimates = parallelMap(listed.count, workers: workers) { position in
      let bound = ignoresBounds ? nil : tensors[listed[position]].magnitudeBound
      return estimator.range(of: collectors[position], bound: bound)
    }
    return listed.enumerated().map { position, index in
      let tensor = tensors[index]
      return CalibratedTensor(
        name: tensor.name, node: tensor.node, opType: tensor.opType, shape: bank.shapes[index],
        statistics: collectors[position], estimate: estimates[position], isExcluded: patterns.match(tensor.name))
    }
  }
}

extension KernelClass {
  /// That of this process.
  package static var current: KernelClass {
    KernelClass(instructionSet: KernelLibrary.name, blas: "OpenBLAS \(BLAS.coreName)")
  }
}
