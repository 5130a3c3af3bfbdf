import CalibrationData
import Executor
import Foundation
import ONNX
import TensorCore

extension AuditSettings {
  /// Runs the network over the samples in float32 and in 16 bits, and finds out what that breaks.
  ///
  /// - Throws: ``PipelineError``; nothing is written by this call.
  package func audit(control: RunControl = RunControl()) throws(PipelineError) -> AuditOutcome {
    guard let model = recipe.model else {
      throw PipelineError(.usage, "network: expected an ONNX file, found none; name one or give --recipe")
    }
    guard let data = recipe.test ?? recipe.data else {
      throw PipelineError(.usage, "samples: expected a data set, found none; give --data or --recipe")
    }
    let plugins = try Plugins(plugins)
    let loaded = try LoadedNetwork(path: model, plugins: plugins)
    let set: SampleSet
    do {
      set = try SampleSet.open(
        data,
        options: SampleSet.Options(
          rawShape: recipe.rawShape, labels: recipe.labels, labelForm: recipe.labelForm))
    } catch {
      throw PipelineError(error)
    }
    let used = SampleSelection(limit: recipe.samples, seed: recipe.seed).ranks(of: set.count).map { set.samples[$0] }
    let (network, folded) = try foldedNetwork(loaded, plugins)
    let state = try openState(loaded, set, used)
    let runner = AuditRunner(
      network: network, samples: used, preprocessing: recipe.preprocessing, arithmetic: arithmetic,
      workers: threads ?? ProcessInfo.processInfo.activeProcessorCount, onBadSample: onBadSample, control: control)
    var notes = loaded.network.model.notes.map { "\(model): \($0)" }
    if resumes, let statePath, state?.layerCount == 0 {
      notes.append("\(statePath): no layers are saved there; all of them are measured")
    }
    let work = try AuditWork(self, runner, plugins.registry, state)
    do throws(PipelineError) {
      let outcome = try work.outcome(loaded, data: set, folded: folded, notes: notes)
      if !work.wasCut { state?.remove() }
      return outcome
    } catch {
      guard error.code == .interrupted, let statePath, let state, state.layerCount > 0 else { throw error }
      throw PipelineError(
        .interrupted,
        "interrupted; the measurements of \(state.layerCount) layers are saved in \(statePath): run the same again with "
          + "--resume")
    }
  }

  /// Where measurements are saved; nil where that is not asked for.
  private func openState(
    _ loaded: LoadedNetwork, _ set: SampleSet, _ used: [Sample]
  ) throws(PipelineError) -> AuditState? {
    guard let statePath else { return nil }
    var pluginDigests: [String] = []
    for path in plugins { pluginDigests.append(try Digest.ofFiles([path])) }
    let kernels = KernelClass.current
    let identity = AuditState.Identity(
      toolVersion: toolVersion, modelSHA256: loaded.digest, pluginSHA256: pluginDigests,
      dataSHA256: Digest.ofSet(set.contentPaths),
      orderSHA256: StateHeader.digest(ofNames: used.map { "\($0.rank) \($0.identifier)" }),
      preprocessing: recipe.preprocessing.map { "\($0)" } ?? "none", arithmetic: "\(arithmetic)",
      kernels: "\(kernels.instructionSet), \(kernels.blas)")
    return try AuditState(path: statePath, identity: identity, resumes: resumes)
  }

  /// Where steps are fused, normalizations are folded into the layers before them first, as builders do before they round
  /// the weights. Answers the model, and the names of the nodes that are gone by those that took them in.
  func foldedModel(_ model: Model) -> (Model, [String: [String]]) {
    guard arithmetic.rounding == .fused else { return (model, [:]) }
    let (graph, folded) = model.graph.foldingBatchNorm(opsets: model.opsets)
    guard !folded.isEmpty else { return (model, [:]) }
    var model = model
    model.graph = graph
    var names: [String: [String]] = [:]
    for (gone, into) in folded { names[into, default: []].append(gone) }
    return (model, names)
  }

  private func foldedNetwork(
    _ loaded: LoadedNetwork, _ plugins: Plugins
  ) throws(PipelineError) -> (Network, [String: [String]]) {
    let (model, names) = foldedModel(loaded.network.model)
    guard !names.isEmpty else { return (loaded.network, [:]) }
    do {
      return (try Network(model, registry: plugins.registry), names)
    } catch {
      throw PipelineError(.badData, "\(loaded.path): \(error)")
    }
  }
}
