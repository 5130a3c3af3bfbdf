import Executor
import ONNX
import TensorCore

/// How many multiply-accumulate operations a node takes for one sample.
enum MultiplyAccumulates {
  /// Those of a network's nodes by name, without nodes whose shapes are not known.
  static func byNode(of plan: Plan, _ network: Network) -> [String: Int] {
    let graph = network.model.graph, types = plan.typesByName
    var counts: [String: Int] = [:]
    for node in graph.nodes { counts[node.name] = count(node, types, graph.initializers) }
    return counts
  }

  /// 0 for operators that do not multiply matrices; nil where a shape is not known.
  static func count(_ node: Node, _ types: [String: TensorType], _ constants: [String: Tensor]) -> Int? {
    func shape(_ position: Int) -> Shape? {
      guard position < node.inputs.count else { return nil }
      let name = node.inputs[position]
      return types[name]?.shape ?? constants[name]?.shape
    }
    guard node.domain.isEmpty else { return 0 }
    let output = node.outputs.first.flatMap { types[$0]?.shape }
    switch node.opType {
    case "Conv", "ConvInteger":
      guard let output, let weights = shape(1) else { return nil }
      return output.count * weights.dimensions.dropFirst().reduce(1, *)
    case "QLinearConv":
      guard let output, let weights = shape(3) else { return nil }
      return output.count * weights.dimensions.dropFirst().reduce(1, *)
    case "ConvTranspose":
      guard let input = shape(0), let weights = shape(1) else { return nil }
      return input.count * weights.dimensions.dropFirst().reduce(1, *)
    case "LSTM", "GRU", "RNN":
      // Every weight of both matrices is used once for each step of each sequence.
      guard let input = shape(0), let weights = shape(1), let recurrence = shape(2), input.rank == 3 else { return nil }
      return input[0] * input[1] * (weights.count + recurrence.count)
    case "Gemm":
      guard let output, let a = shape(0), a.rank == 2, output.count > 0 else { return nil }
      return output[1] * a.count
    case "MatMul", "MatMulInteger", "QLinearMatMul":
      guard let output, let a = shape(0), let depth = a.dimensions.last else { return nil }
      return output.count * depth
    default: return 0
    }
  }
}
