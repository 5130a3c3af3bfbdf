import ONNX
import TensorCore

/// The extents that a network names, such as `batch`.
enum SymbolicExtents {
  /// What to add to the message of a run that failed: the first name that stands for two extents; empty where none does.
  ///
  /// By itself that is no fault: exporters give one name to extents that have nothing to do with each other.
  static func hint(_ inputs: [Tensor], of graph: Graph) -> String {
    var known: [String: (extent: Int, input: String)] = [:]
    for (input, tensor) in zip(graph.inputs, inputs) {
      for (dimension, extent) in zip(input.shape ?? [], tensor.shape.dimensions) {
        guard case .symbolic(let name) = dimension else { continue }
        guard let other = known[name] else {
          known[name] = (extent, input.name)
          continue
        }
        if other.extent != extent {
          return "; the file calls two extents '\(name)': \(other.extent) of '\(other.input)' and \(extent) of "
            + "'\(input.name)' should be equal"
        }
      }
    }
    return ""
  }
}
