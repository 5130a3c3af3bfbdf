package import CalibrationCache
import Executor
import ONNX
import TensorCore

/// The tensors of a network, as the checks of a cache want them.
package enum ModelTensors {
  /// Every tensor that changes with the inputs, in topological order.
  ///
  /// - Throws: ``PipelineError`` for a file that is no network. One that cannot be run is read all the same.
  package static func read(_ path: String) throws(PipelineError) -> [ModelTensor] {
    let model: Model
    do {
      model = try ONNXReader.readModel(at: path)
    } catch {
      throw PipelineError(error)
    }
    let graph = model.graph
    let dependent = graph.valuesDependingOnInputs
    let types = elementTypes(of: model)
    var tensors = graph.inputs.map { ModelTensor(name: $0.name, isFloat: types[$0.name]?.isFloatingPoint) }
    for node in graph.nodes {
      let sources = node.inputs.filter { dependent.contains($0) }
      for output in node.outputs where dependent.contains(output) {
        let isFloat = types[output]?.isFloatingPoint ?? (integerOperators.contains(node.opType) ? false : nil)
        tensors.append(
          ModelTensor(name: output, opType: node.opType, node: node.name, sources: sources, isFloat: isFloat))
      }
    }
    return tensors
  }

  /// Operators that never give floats, for networks whose types nobody tells.
  private static let integerOperators: Set = [
    "Shape", "Size", "ArgMax", "ArgMin", "NonZero", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And",
    "Or", "Not", "Xor", "IsNaN", "IsInf", "QuantizeLinear", "NonMaxSuppression",
  ]

  /// What a plan for the network says, and for the rest what the file says.
  private static func elementTypes(of model: Model) -> [String: ElementType] {
    var types: [String: ElementType] = [:]
    for value in model.graph.values + model.graph.inputs + model.graph.outputs {
      if let type = value.elementType { types[value.name] = type }
    }
    guard let shapes = try? InputShapes(), let inputs = try? shapes.types(for: model.graph),
      let plan = try? Network(model).plan(for: inputs, observing: .all)
    else { return types }
    for (name, type) in plan.typesByName { types[name] = type.elementType }
    return types
  }
}
