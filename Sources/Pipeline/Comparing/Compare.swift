import CalibrationData
import Evaluation
import Executor
import Foundation
import ONNX
import Quantization
import Reporting
import TensorCore

extension ComparisonSettings {
  /// Runs the network in every precision and works out what each costs; writes nothing.
  ///
  /// - Throws: ``PipelineError`` for settings that make no sense, and for what goes wrong with a sample.
  package func compare(control: RunControl = RunControl()) throws(PipelineError) -> ComparisonOutcome {
    guard let model = recipe.model else {
      throw PipelineError(.usage, "network: expected an ONNX file, found none; name one or give --recipe")
    }
    let loaded = try LoadedNetwork(path: model, plugins: try Plugins(plugins))
    let (set, chosen) = try testSamples()
    let task = try task(chosen, set: set, network: loaded.network)
    try checkLimit(task)
    let factory = try VariantFactory(loaded, settings: self)
    let plan = try planPath.map { path throws(PipelineError) in
      try PlanFile.read(path, for: loaded.network.model.graph, digest: loaded.digest)
    }
    let work = chosen.first.flatMap {
      NodeWork(factory.prepared, firstSample: $0, preprocessing: recipe.preprocessing)
    }
    let profile = try profilePath.map { path throws(PipelineError) in
      try EngineProfile(
        contentsOf: path, graph: factory.prepared.model.graph, work: work?.multiplications ?? [:])
    }
    let sweep = try sweep.map { sweep throws(PipelineError) in try SweepRun(sweep, settings: self) }
    let usesINT8 =
      precisions.contains(.int8) || plan?.standard == .int8
      || plan?.exceptions.contains { $0.precision == .int8 } == true
    let ranges = usesINT8 ? try activationRanges(control: control) : nil
    if !allowsMissing { try ranges?.requireKnownNames(in: loaded.network.model.graph) }
    var variants = [factory.baseline]
    for precision in precisions where precision != .fp32 {
      variants.append(try factory.variant(precision, ranges: ranges))
    }
    if let plan { variants.append(try factory.variant(plan, named: "plan", ranges: ranges)) }
    let runner = SampleRunner(
      network: loaded.network, samples: chosen, preprocessing: recipe.preprocessing,
      workers: threads ?? ProcessInfo.processInfo.activeProcessorCount, onBadSample: onBadSample)
    let spool = try metricCommand.map { _ throws(PipelineError) in
      try OutputSpool(
        precisions: variants.map(\.name), outputs: loaded.network.model.graph.outputs.map(\.name))
    }
    let run = try ComparisonRun(variants: variants, task: task, output: recipe.output, spool: spool)
    let (samples, skipped) = try run.run(runner, control: control)
    guard !samples.isEmpty else {
      throw PipelineError(
        .badData,
        "\(set.location): expected at least one usable sample, found none (\(skipped.count) skipped); the first: "
          + (skipped.first?.reason ?? "the set is empty"))
    }
    var own: ComparisonMetric?
    if let metricCommand, let spool { own = try metricCommand.metric(spool, count: samples.count) }
    let figures = ComparisonFigures(
      samples: samples, task: task, columnCount: variants.count, seed: intervalSeed, own: own)
    var outcome = ComparisonOutcome(
      model: loaded.path, modelDigest: loaded.digest, data: set.location, dataDigest: Digest.ofSet(set.contentPaths),
      task: task, preprocessing: recipe.preprocessing, kernelClass: .current, calibration: ranges?.source,
      target: target.rawValue, samples: samples, skipped: skipped,
      columns: variants.indices.map {
        figures.column(
          $0, variant: variants[$0], integerShare: work?.share(variants[$0].quantization), maxDrop: maxDrop)
      }, maxDrop: maxDrop)
    outcome.notes = loaded.network.model.notes.map { "\((model as NSString).lastPathComponent): \($0)" }
    if showsPictures { outcome.gallery = FlipGallery(set) }
    outcome.profile = profile
    outcome.unknownNames = ranges?.unknownNames(in: loaded.network.model.graph) ?? []
    if measuresLayers {
      for precision in precisions where precision != .fp32 {
        outcome.layers.append(
          try LayerCosts.measure(
            precision, factory, ranges: ranges, task: task, work: work, runner: runner, settings: self,
            control: control))
      }
    }
    if let sweep {
      outcome.sweep = try sweep.run(factory, task: task, runner: runner, settings: self, control: control)
    }
    return outcome
  }

  /// Refuses a limit that nothing could exceed.
  private func checkLimit(_ task: any ComparisonTask) throws(PipelineError) {
    guard maxDrop != nil else { return }
    guard planPath != nil || precisions.contains(where: { $0 != .fp32 }) else {
      throw PipelineError(
        .usage, "--max-drop: expected a precision to check, found fp32 alone; name others with --precisions")
    }
    guard metricCommand != nil || task.hasMetrics else {
      throw PipelineError(
        .usage,
        "--max-drop: expected a figure that can drop, found samples without labels; give labels, or rate the outputs "
          + "with --metric-command")
    }
  }

  /// Compares, and writes what is asked for.
  ///
  /// - Returns: What the terminal shows, and whether every precision keeps within `--max-drop`.
  package func run(control: RunControl = RunControl()) throws(PipelineError) -> ComparisonSummary {
    try OutputCheck.check(
      [reportPath, jsonPath, markdownPath].compactMap(\.self),
      besides: recipe.files + [calibrationPath, calibrationData, planPath, profilePath])
    let started = ContinuousClock.now
    let outcome = try compare(control: control)
    var document = outcome.report(settings: self)
    document.seconds = (ContinuousClock.now - started) / .seconds(1)
    do {
      if let reportPath { try AtomicFile.write(try HTMLRenderer.render(document), to: reportPath) }
      if let jsonPath { try AtomicFile.write(JSONRenderer.render(document), to: jsonPath) }
      if let markdownPath { try AtomicFile.write(MarkdownRenderer.render(document), to: markdownPath) }
    } catch {
      throw PipelineError(error)
    }
    return ComparisonSummary(
      text: TerminalRenderer.render(document), json: JSONRenderer.render(document), warnings: outcome.notes,
      verdict: outcome.columns.map(\.verdict).first { !$0.passes } ?? .unchecked)
  }
}

/// What a command shows of a comparison.
package struct ComparisonSummary: Sendable {
  package let text: String
  package let json: String
  package let warnings: [String]
  /// That of the first precision that fails; ``ColumnVerdict/unchecked`` where none does.
  package let verdict: ColumnVerdict

  package var passes: Bool { verdict.passes }
}
