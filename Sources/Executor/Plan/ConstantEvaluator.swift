package import ONNX
package import TensorCore

/// Computes single nodes for passes over graphs.
package struct ConstantEvaluator: NodeEvaluator {
  private let registry: OperatorRegistry

  package init(registry: OperatorRegistry = .standard) { self.registry = registry }

  package func evaluate(_ node: Node, inputs: [Tensor?], opsets: [String: Int]) throws -> [Tensor]? {
    let reader = NodeReader(
      node, opset: node.opset ?? opsets[node.domain] ?? 1, opsets: opsets, registry: registry)
    let implementation = try registry.makeOperator(for: reader)
    let operands = Operands(
      inputs.map { $0.map(Operand.init(constant:)) }, of: reader.label, outputCount: node.outputs.count)
    let outputs = try implementation.outputs(for: operands)
    if let types = outputs.types {
      guard types.allSatisfy({ $0.shape.checkedCount ?? .max <= ConstantFolding.maximumByteCount / 8 }) else {
        return nil
      }
    }
    return try Network.compute(implementation, operands, inputs: inputs)
  }
}
