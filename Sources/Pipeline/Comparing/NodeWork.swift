import CalibrationData
import Executor
import ONNX
import Quantization
import TensorCore

/// How much of a network's work each node does.
struct NodeWork: Sendable {
  /// Multiplications by node, for a sample of one size.
  let multiplications: [String: Double]
  let total: Double

  /// Nil where a shape is not known.
  init?(_ network: Network, firstSample: Sample, preprocessing: Preprocessing?) {
    guard
      let tensors = try? firstSample.load(with: Preprocessor(preprocessing)),
      let inputs = try? InputFitting(network).fit(tensors, sample: firstSample.identifier),
      let plan = try? network.plan(for: inputs.map(\.type))
    else {
      // The run tells what is wrong with the sample.
      return nil
    }
    let counts = MultiplyAccumulates.byNode(of: plan, network)
    let total = counts.values.reduce(0, +)
    guard network.model.graph.nodes.allSatisfy({ counts[$0.name] != nil }), total > 0 else { return nil }
    multiplications = counts.mapValues(Double.init)
    self.total = Double(total)
  }

  /// The share of the multiplications in INT8.
  func share(_ quantization: QuantizationPlan?) -> Double {
    guard let quantization else { return 0 }
    let integer = quantization.nodes.filter(\.isInteger).reduce(0) { $0 + (multiplications[$1.name] ?? 0) }
    return integer / total
  }
}
