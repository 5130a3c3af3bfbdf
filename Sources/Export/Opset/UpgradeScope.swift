import ONNX
import TensorCore

/// What the change of one node may ask of the graph around it, and what it adds there.
struct UpgradeScope {
  let types: ElementTypes
  /// Ranks as far as they are known, by value.
  let ranks: [String: Int]
  /// Constants of the graphs in view.
  let constants: [String: Tensor]
  /// A function's body has no initializers: what is added there becomes a Constant node.
  let isFunction: Bool
  var names: NamePool
  /// What the changes added since this was last emptied.
  var added: [String: Tensor] = [:]
  /// Constant nodes to stand before the changed node.
  var preceding: [Node] = []

  /// Adds a constant for `node` and answers its name.
  mutating func constant(_ tensor: Tensor, _ role: String, of node: Node) -> String {
    let name = names.name("\(node.name).\(role)")
    if isFunction {
      preceding.append(
        Node(
          name: names.name("\(name).constant"), opType: "Constant", inputs: [], outputs: [name],
          attributes: ["value": .tensor(tensor)]))
    } else {
      added[name] = tensor
    }
    return name
  }

  /// As ``constant(_:_:of:)``, of 64-bit integers in a list.
  mutating func integers(_ values: [Int], _ role: String, of node: Node) -> String {
    constant(Tensor(values.map(Int64.init), shape: [values.count]), role, of: node)
  }

  /// A scalar of the element type of `value`, which must be a type of floats.
  mutating func scalar(
    _ number: Float, like value: String, _ role: String, of node: Node
  ) throws(OpsetFault) -> String {
    let tensor: Tensor
    switch types[value] {
    case .float32: tensor = Tensor(scalar: number)
    case .float16: tensor = Tensor(scalar: Float16(number))
    case .bfloat16: tensor = Tensor(scalar: BFloat16(number))
    case .float64: tensor = Tensor(scalar: Double(number))
    case .int64: tensor = Tensor(scalar: Int64(exactly: number) ?? 0)
    case .int32: tensor = Tensor(scalar: Int32(exactly: number) ?? 0)
    default: throw .unknown(what: "element type", of: value)
    }
    return constant(tensor, role, of: node)
  }

  func rank(of value: String) throws(OpsetFault) -> Int {
    if let rank = constants[value]?.shape.rank ?? ranks[value] { return rank }
    throw .unknown(what: "rank", of: value)
  }
}

/// How one or several operators changed in one version of the operator set.
struct OperatorChange: Sendable {
  let opTypes: [String]
  let since: Int
  /// The nodes that stand for one of the earlier version; most often the node itself, changed.
  let apply: @Sendable (Node, inout UpgradeScope) throws(OpsetFault) -> [Node]

  init(
    _ opTypes: String..., since: Int,
    apply: @escaping @Sendable (Node, inout UpgradeScope) throws(OpsetFault) -> [Node]
  ) {
    self.opTypes = opTypes
    self.since = since
    self.apply = apply
  }
}

extension Node {
  func ints(_ key: String) -> [Int]? { if case .ints(let values)? = attributes[key] { values } else { nil } }
  func int(_ key: String) -> Int? { if case .int(let value)? = attributes[key] { value } else { nil } }
  func float(_ key: String) -> Float? { if case .float(let value)? = attributes[key] { value } else { nil } }
  func floats(_ key: String) -> [Float]? { if case .floats(let values)? = attributes[key] { values } else { nil } }
  func text(_ key: String) -> String? {
    if case .string(let bytes)? = attributes[key] { String(decoding: bytes, as: UTF8.self) } else { nil }
  }

  /// Whether output `index` is there and wanted.
  func hasOutput(_ index: Int) -> Bool { index < outputs.count && !outputs[index].isEmpty }

  /// The name of input `index`; nil where it is not given.
  func input(_ index: Int) -> String? { index < inputs.count && !inputs[index].isEmpty ? inputs[index] : nil }

  /// Puts `name` at input `index`; inputs in between that are not given stay so.
  mutating func setInput(_ index: Int, _ name: String) {
    while inputs.count <= index { inputs.append("") }
    inputs[index] = name
  }
}
