import ONNX
import TensorCore

/// Writes an engine's network node by node: knows which values are codes by now, and turns one into the other.
struct EngineNetworkWriter {
  let graph: Graph
  let index: GraphIndex
  private let original: Model
  private let planned: [String: QuantizedNode]
  private var nodes: [Node] = []
  private var constants: [String: Tensor] = [:]
  private(set) var operandGrids: [String: [Int: IntegerGrid]] = [:]
  /// Values of the original network that an engine holds as codes only.
  private var codes: [String: CodeValue] = [:]
  /// Codes made of floating-point values.
  private var quantized: [Key: CodeValue] = [:]
  /// Values of ``codes`` that have been turned back into numbers.
  private var dequantized: Set<String> = []
  private var done: Set<Int> = []
  private var taken: Set<String>

  private struct Key: Hashable {
    let value: String
    let grid: IntegerGrid
  }

  /// The operators that engines have beside those of ONNX.
  static let domain = "qtool.engines"
  /// The operator set of what is written out, whatever the network's own is.
  private static let opset = 13

  init(_ model: Model, plan: QuantizationPlan) {
    original = model
    graph = model.graph
    index = GraphIndex(model.graph)
    planned = Dictionary(plan.nodes.map { ($0.name, $0) }) { first, _ in first }
    taken = Set(graph.initializers.keys).union(graph.inputs.map(\.name))
    for node in graph.nodes { taken.formUnion(node.outputs + [node.name]) }
  }

  /// The network, once every node is written.
  var finished: Model {
    var model = original
    model.graph.nodes = nodes
    model.graph.initializers.merge(constants) { _, new in new }
    var used = Set(model.graph.outputs.map(\.name))
    for node in nodes { used.formUnion(node.usedValues) }
    model.graph.initializers = model.graph.initializers.filter { used.contains($0.key) }
    model.graph.overridableInputs.removeAll { model.graph.initializers[$0.name] == nil }
    model.opsets[Self.domain] = 1
    return model
  }

  // MARK: What the plan says

  func node(_ place: Int) -> Node { graph.nodes[place] }

  /// The name of an input; nil for one that is not given.
  func input(_ position: Int, of node: Node) -> String? {
    position < node.inputs.count && !node.inputs[position].isEmpty ? node.inputs[position] : nil
  }

  func operand(_ position: Int, of node: Node) -> QuantizedOperand? {
    planned[node.name]?.operands.first { $0.input == position }
  }

  /// The grid on which a node reads an activation; nil where it reads it as it is.
  func grid(_ position: Int, of node: Node) -> IntegerGrid? {
    guard let operand = operand(position, of: node), operand.role == .activation else { return nil }
    return operand.grid
  }

  /// Whether the node at `place` is part of a kernel that has been written.
  func isDone(_ place: Int) -> Bool { done.contains(place) }

  mutating func markDone(_ place: Int) { done.insert(place) }

  // MARK: Values

  /// The whole codes of a value of the original network on `grid`, as an input of a node to be written.
  mutating func codes(
    of value: String, on grid: IntegerGrid, _ arithmetic: some EngineArithmetic
  ) -> CodeValue {
    if let known = codes[value], known.grid == grid { return known }
    let key = Key(value: value, grid: grid)
    if let made = quantized[key] { return made }
    let made = arithmetic.quantize(number(value), to: grid, &self)
    quantized[key] = made
    return made
  }

  /// The codes that a value is held as; nil for one in floating point.
  func codes(of value: String) -> CodeValue? { codes[value] }

  /// Says that `value` is held as codes.
  mutating func hold(_ value: String, as code: CodeValue) { codes[value] = code }

  /// The value in floating point, under its own name: codes are dequantized, once.
  mutating func number(_ value: String) -> String {
    guard let code = codes[value], dequantized.insert(value).inserted else { return value }
    write("Mul", code, [constant([code.grid.scale])], to: value)
    return value
  }

  // MARK: Nodes

  /// Writes a node whose operands are numbers: it reads them on the grids of the plan.
  mutating func writeAsItIs(_ place: Int) {
    let node = node(place)
    for value in node.usedValues { _ = number(value) }
    for operand in planned[node.name]?.operands ?? [] {
      operandGrids[node.name, default: [:]][operand.input] = operand.grid
    }
    nodes.append(node)
  }

  /// Writes a node of the original network with other operands, and says which of them it reads on a grid.
  mutating func write(_ node: Node, reading: [Int: IntegerGrid?]) {
    nodes.append(node)
    for case (let position, let grid?) in reading { operandGrids[node.name, default: [:]][position] = grid }
  }

  /// Writes an operator on codes or numbers.
  ///
  /// - Returns: The name of the result.
  @discardableResult
  mutating func write(
    _ opType: String, _ first: CodeValue, _ others: [String] = [], domain: String = "",
    attributes: [String: Attribute] = [:], to output: String? = nil
  ) -> String {
    let output = output ?? fresh(first.name)
    var node = Node(
      name: fresh(output), opType: opType, domain: domain, inputs: [first.name] + others, outputs: [output],
      attributes: attributes)
    node.opset = domain.isEmpty ? Self.opset : nil
    nodes.append(node)
    if let reading = first.reading { operandGrids[node.name] = [0: reading] }
    return output
  }

  /// The same on numbers.
  @discardableResult
  mutating func write(
    _ opType: String, _ first: String, _ others: [String] = [], domain: String = "",
    attributes: [String: Attribute] = [:], to output: String? = nil
  ) -> String {
    let number = CodeValue(name: first, grid: IntegerGrid(scale: 1), reading: nil)
    return write(opType, number, others, domain: domain, attributes: attributes, to: output)
  }

  /// A value that does not depend on the samples: one number, or one for each channel.
  mutating func constant(_ values: [Float], shape: Shape = []) -> String {
    let name = fresh("constant")
    constants[name] = Tensor(values, shape: shape)
    return name
  }

  mutating func constant(_ tensor: Tensor) -> String {
    let name = fresh("constant")
    constants[name] = tensor
    return name
  }

  /// A value counted in codes with their zero point becomes whole codes without it.
  mutating func codes(counted value: String, on grid: IntegerGrid) -> CodeValue {
    let counting = IntegerGrid(scale: 1, codes: grid.codes)
    guard grid.zeroPoint != 0 else { return CodeValue(name: value, grid: grid, reading: counting) }
    let counted = CodeValue(name: value, grid: grid, reading: counting)
    return CodeValue(name: write("Add", counted, [constant([Float(-grid.zeroPoint)])]), grid: grid, reading: nil)
  }

  /// `(x + offset) · factor + addend`, the last two in one rounding; `addend` may be a value as well.
  mutating func multiplyAdd(
    _ x: CodeValue, factor: Float, offset: Float = 0, addend: Float = 0, value: String? = nil
  ) -> String {
    write(
      "MultiplyAdd", x, value.map { [$0] } ?? [], domain: Self.domain,
      attributes: ["factor": .float(factor), "offset": .float(offset), "addend": .float(addend)])
  }

  /// A name that nothing else has.
  mutating func fresh(_ stem: String) -> String {
    var name = stem + "/engine"
    var count = 1
    while !taken.insert(name).inserted {
      count += 1
      name = "\(stem)/engine\(count)"
    }
    return name
  }
}
