import Evaluation
import Executor
import ONNX
import TensorCore

/// Copies what a session computed for one sample: the outputs, or the logits before a final Softmax.
final class OutputTap: TensorObserver {
  private var values: [Float] = []

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
    unsafe self.values.append(contentsOf: values)
  }

  func begin() { values.removeAll(keepingCapacity: true) }

  var seen: [Float] { values }
}

/// What a session's outputs hold for one sample: copies, each made when it is asked for, before anything else runs in the
/// session's memory.
struct SessionOutputs {
  struct Output {
    let extents: [Int]
    let values: [Float]
  }

  private let session: Session
  private let place: Int

  init(_ session: Session, chosen place: Int) {
    self.session = session
    self.place = place
  }

  /// The output that the task reads, its numbers as floats.
  var chosen: Output {
    let tensor = session.output(place)
    let values = tensor?.floats ?? tensor?.integers.map { $0.map(Float.init) } ?? []
    return Output(extents: tensor?.shape.dimensions ?? [], values: values)
  }

  /// Every output of floating-point numbers.
  var floats: [Output] {
    session.outputs.compactMap { tensor in tensor.floats.map { Output(extents: tensor.shape.dimensions, values: $0) } }
  }
}

/// Finds and reads the outputs that are compared.
struct OutputReading: Sendable {
  /// The tensor before a Softmax that makes the first output; nil where there is none.
  let logits: String?
  /// The place of the output that the task reads.
  let chosen: Int

  /// - Parameter output: The name of the output that the task reads; nil for the first.
  /// - Throws: ``PipelineError`` where the network has no such output.
  init(_ network: Network, output: String? = nil) throws(PipelineError) {
    let graph = network.model.graph
    if let output {
      guard let place = graph.outputs.firstIndex(where: { $0.name == output }) else {
        let names = graph.outputs.map { "'\($0.name)'" }.joined(separator: ", ")
        throw PipelineError(.usage, "output: expected one of \(names), found '\(output)'; choose one of these")
      }
      chosen = place
    } else {
      chosen = 0
    }
    let index = GraphIndex(graph)
    guard graph.outputs.count == 1, let place = index.producer(of: graph.outputs[0].name),
      ["Softmax", "LogSoftmax"].contains(graph.nodes[place].opType), graph.outputs[0].shape?.count == 2,
      let input = graph.nodes[place].inputs.first
    else {
      logits = nil
      return
    }
    logits = input
  }

  /// What to observe of a variant's network.
  func scope(in network: Network) -> ObservationScope {
    guard let logits, let place = network.tensors.firstIndex(where: { $0.name == logits }) else { return .nothing }
    return .only([place])
  }

  /// The signal to compare: the logits where there are some, else all floats of all outputs, one after the other.
  func signal(_ session: Session, tap: OutputTap) -> [Float] {
    if logits != nil, !tap.seen.isEmpty { return tap.seen }
    let parts = session.outputs.compactMap(\.floats)
    return parts.dropFirst().reduce(into: parts.first ?? []) { $0 += $1 }
  }
}
