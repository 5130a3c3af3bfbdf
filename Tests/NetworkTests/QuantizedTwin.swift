import ONNX
import Quantization
import TensorCore

/// A network with the QuantizeLinear and DequantizeLinear nodes that a quantization plan stands for, in its simplest
/// form:
/// a pair before each operand.
struct QuantizedTwin {
  private var graph: Graph
  private var made: [String: String] = [:]

  /// - Parameter model: As the plan was made for, of operator set 13 or later.
  static func make(_ model: Model, plan: QuantizationPlan) -> Model {
    var twin = QuantizedTwin(graph: model.graph)
    twin.rewrite(plan)
    var result = model
    result.graph = twin.graph
    return result
  }

  private init(graph: Graph) { self.graph = graph }

  private mutating func rewrite(_ plan: QuantizationPlan) {
    let operands = Dictionary(uniqueKeysWithValues: plan.nodes.map { ($0.name, $0.operands) })
    let nodes = graph.nodes
    graph.nodes = []
    for var node in nodes {
      for operand in operands[node.name] ?? [] {
        node.inputs[operand.input] = operand.role == .bias ? rounded(operand) : dequantized(operand)
      }
      graph.nodes.append(node)
    }
  }

  /// The name of the bias on its grid, in floating point.
  private mutating func rounded(_ operand: QuantizedOperand) -> String {
    let name = "\(operand.tensor)/b\(operand.grid.hashValue)"
    let values = graph.initializers[operand.tensor]?.array(of: Float.self) ?? []
    graph.initializers[name] = Tensor(
      values.enumerated().map { operand.grid.rounded($1, channel: operand.grid.axis == nil ? 0 : $0) },
      shape: [values.count])
    return name
  }

  /// The name of the value that the node reads instead.
  private mutating func dequantized(_ operand: QuantizedOperand) -> String {
    let grid = operand.grid
    let key = "\(operand.tensor) \(grid.hashValue)"
    if let known = made[key] { return known }
    let name = "\(operand.tensor)/q\(made.count)"
    made[key] = name
    let shape: Shape = grid.axis == nil ? [] : [grid.scales.count]
    graph.initializers[name + "/scale"] = Tensor(grid.scales, shape: shape)
    graph.initializers[name + "/zero"] =
      grid.isSigned
      ? Tensor(grid.zeroPoints.map { Int8($0) }, shape: shape) : Tensor(grid.zeroPoints.map { UInt8($0) }, shape: shape)
    var attributes: [String: Attribute] = [:]
    if let axis = grid.axis { attributes["axis"] = .int(axis) }
    if operand.role == .weight, let weights = graph.initializers[operand.tensor] {
      graph.initializers[name + "/codes"] = codes(weights, grid)
    } else {
      graph.nodes.append(
        Node(
          name: name + "/Q", opType: "QuantizeLinear", inputs: [operand.tensor, name + "/scale", name + "/zero"],
          outputs: [name + "/codes"], attributes: attributes))
    }
    graph.nodes.append(
      Node(
        name: name + "/DQ", opType: "DequantizeLinear",
        inputs: [name + "/codes", name + "/scale", name + "/zero"], outputs: [name], attributes: attributes))
    return name
  }

  private func codes(_ weights: Tensor, _ grid: IntegerGrid) -> Tensor {
    let inner = grid.axis.map { weights.shape.dimensions.dropFirst($0 + 1).reduce(1, *) } ?? 1
    let values = weights.array(of: Float.self).enumerated().map { index, value in
      Int8(grid.code(of: value, channel: grid.axis == nil ? 0 : index / inner % grid.scales.count))
    }
    return Tensor(values, shape: weights.shape)
  }
}
