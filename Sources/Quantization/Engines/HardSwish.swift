import ONNX
import TensorCore

/// HardSwish as exporters write it out, `x · clip(x + 3, 0, 6) / 6`, and a factor and an addend behind it.
struct HardSwish {
  /// The nodes that compute it.
  let places: [Int]
  /// The last value.
  let value: String
  let factor: Float
  let addend: Float
}

extension EngineNetworkWriter {
  /// The HardSwish that computes what its readers read on one grid, where nothing else reads `value`; nil without it.
  func hardSwish(behind value: String, _ arithmetic: some EngineArithmetic) -> (HardSwish, IntegerGrid)? {
    let readers = index.consumers(of: value)
    guard readers.count == 2, !index.isGraphOutput(value),
      let add = readers.first(where: { joined(by: node($0), "Add") == 3 }),
      let clip = onlyReader(of: add), let bounds = bounds(of: node(clip)), bounds == (0, 6),
      let gate = onlyReader(of: clip), readers.contains(gate), node(gate).opType == "Mul", isPlain(node(gate)),
      let divide = onlyReader(of: gate), node(divide).opType == "Div", node(divide).inputs[0] == node(gate).outputs[0],
      joined(by: node(divide), "Div") == 6
    else { return nil }
    var places = [add, clip, gate, divide]
    var factor: Float = 1, addend: Float = 0
    // Both may be missing.
    for opType in ["Mul", "Add"] {
      guard let next = onlyReader(of: places[places.count - 1]), let number = joined(by: node(next), opType) else {
        continue
      }
      if opType == "Mul" { factor = number } else { addend = number }
      places.append(next)
    }
    let last = node(places[places.count - 1]).outputs[0]
    guard factor > 0, let grid = onlyGrid(of: last, arithmetic) else { return nil }
    return (HardSwish(places: places, value: last, factor: factor, addend: addend), grid)
  }

  /// The one node that reads what the node at `place` makes.
  private func onlyReader(of place: Int) -> Int? {
    let value = node(place).outputs[0]
    let readers = index.consumers(of: value)
    return readers.count == 1 && !index.isGraphOutput(value) ? readers[0] : nil
  }

  /// Whether the node reads numbers.
  private func isPlain(_ node: Node) -> Bool {
    node.domain.isEmpty && node.inputs.indices.allSatisfy { operand($0, of: node) == nil }
  }

  /// The one number that a node of type `opType` joins with a value that depends on the samples.
  private func joined(by node: Node, _ opType: String) -> Float? {
    guard node.opType == opType, node.inputs.count == 2, isPlain(node) else { return nil }
    let constants = node.inputs.compactMap { graph.initializers[$0] }
    guard constants.count == 1, constants[0].elementType == .float32, constants[0].count == 1 else { return nil }
    return constants[0].array(of: Float.self)[0]
  }
}
