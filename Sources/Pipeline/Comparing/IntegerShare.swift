import CalibrationData
import Executor
import ONNX
import Quantization
import TensorCore

/// How much of a network's work is in INT8.
enum IntegerShare {
  /// The share of the multiplications, for a sample of this size; nil where a shape is not known.
  static func of(
    _ variant: Variant, firstSample: Sample, preprocessing: Preprocessing?
  ) throws(PipelineError) -> Double? {
    guard let quantization = variant.quantization else { return 0 }
    let plan: Plan
    do {
      let tensors = try firstSample.load(with: try Preprocessor(preprocessing))
      let inputs = try InputFitting(variant.network).fit(tensors, sample: firstSample.identifier)
      plan = try variant.network.plan(for: inputs.map(\.type))
    } catch {
      // The run has told already what is wrong with the sample.
      return nil
    }
    let graph = variant.network.model.graph
    let types = plan.typesByName
    let inINT8 = Set(quantization.nodes.filter(\.isInteger).map(\.name))
    var all = 0.0
    var integer = 0.0
    for node in graph.nodes {
      guard let count = MultiplyAccumulates.count(node, types, graph.initializers) else { return nil }
      all += Double(count)
      if inINT8.contains(node.name) { integer += Double(count) }
    }
    return all > 0 ? integer / all : nil
  }
}
