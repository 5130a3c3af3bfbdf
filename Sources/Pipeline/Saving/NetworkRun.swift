import Executor
import Foundation
import ONNX
import TensorCore

/// What `qtool run` is asked to do: run a network once and save what it computes.
package struct NetworkRun: Sendable {
  package var model: String
  /// `NAME=FILE.npy`, or a file alone: a `.npz` whose arrays are named after the inputs, or the only input's `.npy`.
  package var inputs: [String]
  package var shapes: InputShapes
  package var outputFolder: String
  /// Whether every value is saved, not the network's outputs only.
  package var savesAllTensors = false
  package var plugins: [String] = []

  package init(model: String, inputs: [String], shapes: InputShapes, outputFolder: String) {
    self.model = model
    self.inputs = inputs
    self.shapes = shapes
    self.outputFolder = outputFolder
  }

  /// Runs the network and writes one `.npy` file per tensor, and `index.json` that says which is which.
  ///
  /// - Throws: ``PipelineError``. Every file that was written by then is whole; the index comes last.
  package func run() throws(PipelineError) -> SavedTensors {
    let plugins = try Plugins(plugins)
    let loaded = try LoadedNetwork(path: model, plugins: plugins)
    let network = savesAllTensors ? try exposingEverything(loaded.network, plugins.registry) : loaded.network
    let graph = network.model.graph
    let tensors = try GivenInputs(inputs, graph: graph, shapes: shapes).tensors(for: network)
    let folder = try TensorFolder(path: outputFolder)

    BLAS.useOneThread()
    let session: Session
    do {
      session = Session(try network.plan(for: tensors.map(\.type)))
      session.load(tensors)
      try session.run()
    } catch {
      throw PipelineError(.badData, "\(model): \(error)" + SymbolicExtents.hint(tensors, of: graph))
    }
    let outputs = Set(loaded.network.model.graph.outputs.map(\.name))
    let makers = Dictionary(graph.nodes.flatMap { node in node.outputs.map { ($0, node.name) } }) { first, _ in first }
    var saved = SavedTensors(
      network: (model as NSString).lastPathComponent, sha256: loaded.digest, folder: outputFolder)
    for (index, output) in graph.outputs.enumerated() {
      // An optional output that the operator does not yield.
      guard let tensor = session.output(index) else { continue }
      saved.tensors.append(
        try folder.save(
          tensor, name: output.name, node: makers[output.name], isOutput: outputs.contains(output.name)))
    }
    try folder.writeIndex(saved)
    return saved
  }

  /// The same network with every value as an output: nothing is fused and no value's memory is used again.
  private func exposingEverything(
    _ network: Network, _ registry: OperatorRegistry
  ) throws(PipelineError) -> Network {
    var model = network.model
    var known: Set<String> = [""]
    let names = model.graph.inputs.map(\.name) + model.graph.nodes.flatMap(\.outputs) + model.graph.outputs.map(\.name)
    model.graph.outputs = names.filter { known.insert($0).inserted }.map {
      ValueInfo(name: $0, elementType: nil, shape: nil)
    }
    do {
      return try Network(model, registry: registry)
    } catch {
      throw PipelineError(.badData, "\(self.model): \(error)")
    }
  }
}
