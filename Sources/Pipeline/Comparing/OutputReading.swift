import Evaluation
import Executor
import ONNX
import TensorCore

/// What the outputs of a network mean.
enum ComparisonTask: Sendable {
  /// One score for each class, and a label for each sample.
  case classification
  /// Boxes, and labelled boxes for each sample.
  case detection(DetectionDecoder, NonMaximumSuppression)
  /// No labels: outputs are compared with FP32's only. Whether the greatest output is a decision is told by the shape.
  case unlabelled(decides: Bool)

  var name: String {
    switch self {
    case .classification: "classification"
    case .detection: "detection"
    case .unlabelled: "no labels"
    }
  }
}

/// Copies what a session computed for one sample: the outputs, or the logits before a final Softmax.
final class OutputTap: TensorObserver {
  private var values: [Float] = []

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
    unsafe self.values.append(contentsOf: values)
  }

  func begin() { values.removeAll(keepingCapacity: true) }

  var seen: [Float] { values }
}

/// Finds and reads the outputs that are compared.
struct OutputReading: Sendable {
  /// The tensor before a Softmax that makes the first output; nil where there is none.
  let logits: String?

  init(_ network: Network) {
    let graph = network.model.graph
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
    var values: [Float] = []
    for tensor in session.outputs { if let floats = tensor.floats { values += floats } }
    return values
  }

  /// The scores of the first output.
  func scores(_ session: Session) -> [Float] { session.output(0)?.floats ?? [] }

  func decoderOutputs(_ session: Session) -> [DetectionDecoder.Output] {
    session.outputs.compactMap { tensor in
      tensor.floats.map { DetectionDecoder.Output(extents: tensor.shape.dimensions, values: $0) }
    }
  }
}
