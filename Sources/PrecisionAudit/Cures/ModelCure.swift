package import ONNX
import TensorCore

/// A change of the network that lets it run in 16 bits where keeping a layer in float32 would cost more.
package enum ModelCure: Sendable, Hashable {
  /// Clamps a constant to `[-limit, limit]`.
  case clamp(constant: String, limit: Float)
  /// Raises a constant added against division by zero.
  case raise(constant: String, to: Float)
  /// Raises the attribute `epsilon` of a node.
  case raiseEpsilon(node: String, to: Float)
  /// Moves a power of two from one layer into the next.
  case rescale(Rescaling)

  /// The network with the change made; unchanged where what it names is not there.
  package func applied(to model: Model) -> Model {
    var model = model
    switch self {
    case .clamp(let name, let limit):
      ModelCure.rewrite(name, in: &model.graph) { values, _ in values = values.map { min(max($0, -limit), limit) } }
    case .raise(let name, let value):
      ModelCure.rewrite(name, in: &model.graph) { values, _ in values = values.map { $0 > 0 ? max($0, value) : $0 } }
    case .raiseEpsilon(let name, let value):
      guard let place = model.graph.nodes.firstIndex(where: { $0.name == name }) else { return model }
      model.graph.nodes[place].attributes["epsilon"] = .float(value)
    case .rescale(let rescaling): rescaling.apply(to: &model.graph)
    }
    return model
  }

  /// The constant stands among the initializers, or is what a Constant node yields.
  static func rewrite(_ name: String, in graph: inout Graph, _ change: (inout [Float], Shape) -> Void) {
    if let tensor = graph.initializers[name] {
      graph.initializers[name] = rewritten(tensor, change)
      return
    }
    guard let place = graph.nodes.firstIndex(where: { $0.opType == "Constant" && $0.outputs.first == name }) else {
      return
    }
    switch graph.nodes[place].attributes["value"] {
    case .tensor(let tensor): graph.nodes[place].attributes["value"] = .tensor(rewritten(tensor, change))
    default:
      if case .float(let value)? = graph.nodes[place].attributes["value_float"] {
        var values = [value]
        change(&values, [])
        graph.nodes[place].attributes["value_float"] = .float(values[0])
      }
    }
  }

  private static func rewritten(_ tensor: Tensor, _ change: (inout [Float], Shape) -> Void) -> Tensor {
    guard tensor.elementType == .float32 else { return tensor }
    var values = tensor.array(of: Float.self)
    change(&values, tensor.shape)
    return Tensor(values, shape: tensor.shape)
  }
}

extension ModelCure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .clamp(let name, let limit): "clamp the constant '\(name)' to ±\(limit)"
    case .raise(let name, let value): "raise the constant '\(name)' to \(value)"
    case .raiseEpsilon(let name, let value): "raise the attribute epsilon of '\(name)' to \(value)"
    case .rescale(let rescaling): rescaling.description
    }
  }
}
