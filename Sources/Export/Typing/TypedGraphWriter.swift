import ONNX
import TensorCore

/// Puts a graph together whose nodes have been given their types: constants converted, Casts where types meet.
struct TypedGraphWriter {
  private var graph: Graph
  private let original: Graph
  private let types: ElementTypes
  private let outer: GraphTyping.Surroundings?
  private let assignment: TypeAssignment
  private let options: TypingOptions
  private let keepsIOTypes: Bool
  var names: NamePool
  private(set) var castCount = 0
  private(set) var flushedCount = 0
  private(set) var saturatedCount = 0
  /// The element type that each float32 value has now, and those from around a body.
  private var current: [String: ElementType]
  private var constants: [String: Tensor]
  /// The name under which a value is found in another type.
  private var variants: [Variant: String] = [:]
  /// The name that a node gives an output whose own name a Cast behind it makes.
  private var renamed: [String: String] = [:]
  /// Casts to put behind each node; -1 for those in front.
  private var casts: [Int: [Node]] = [:]
  private var makers: [String: Int] = [:]
  private var nodes: [(place: Int, node: Node)] = []
  private let outputs: Set<String>

  private struct Variant: Hashable {
    let value: String
    let type: ElementType
  }

  init(
    _ graph: Graph, types: ElementTypes, outer: GraphTyping.Surroundings?, assignment: TypeAssignment,
    options: TypingOptions, keepsIOTypes: Bool, names: NamePool
  ) {
    self.graph = graph
    original = graph
    self.types = types
    self.outer = outer
    self.assignment = assignment
    self.options = options
    self.keepsIOTypes = keepsIOTypes
    self.names = names
    outputs = Set(graph.outputs.map(\.name))
    current = outer?.current ?? [:]
    constants = outer?.constants ?? [:]
    constants.merge(graph.initializers) { $1 }
    for node in graph.nodes { if let value = node.constantValue { constants[node.outputs[0]] = value } }
    for name in constants.keys where constants[name]?.elementType == .float32 { current[name] = .float32 }
    for input in graph.inputs where types[input.name] == .float32 { current[input.name] = border }
    for (place, node) in graph.nodes.enumerated() where node.constantValue == nil {
      for (position, output) in node.outputs.enumerated() where types[output] == .float32 {
        makers[output] = place
        current[output] = type(of: node, at: place, output: position)
      }
    }
  }

  /// The type of the graph's inputs and outputs.
  private var border: ElementType { keepsIOTypes ? .float32 : options.half.elementType }

  private func type(of node: Node, at place: Int, output: Int) -> ElementType {
    assignment.isHalf[place] && !HalfSupport.isAlwaysFull(node, output: output) ? options.half.elementType : .float32
  }

  /// What the bodies of the node to come may know: values of this graph that are made by then, under their own names.
  var surroundings: GraphTyping.Surroundings {
    var visible = current
    for (value, inner) in renamed {
      // The value's own name belongs to the Cast.
      visible[inner] = current[value]
      visible[value] = border
    }
    return GraphTyping.Surroundings(original: types, current: visible, constants: constants)
  }

  /// The node with inputs of its type; its outputs keep their names, except one that must be cast to the graph's output.
  mutating func rewritten(_ node: Node, at place: Int) -> Node {
    var node = node
    let wanted = assignment.isHalf[place] ? options.half.elementType : .float32
    if node.constantValue == nil, !HalfSupport.shapeReaders.contains(node.opType) {
      for (position, input) in node.inputs.enumerated() where types[input] == .float32 {
        node.inputs[position] = name(
          of: input, as: HalfSupport.isAlwaysFull(node, input: position) ? .float32 : wanted)
      }
    }
    if assignment.isHalf[place] {
      let code = Int(options.half.elementType.onnx)
      if node.opType == "Cast", node.type("to") == .float32 { node.attributes["to"] = .int(code) }
      if node.opType == "ConstantOfShape" {
        let value: Tensor
        if case .tensor(let given)? = node.attributes["value"] {
          value = given
        } else {
          value = Tensor([Float(0)], shape: [1])
        }
        node.attributes["value"] = .tensor(options.half.converted(value, saturates: false))
      }
    }
    for (position, output) in node.outputs.enumerated() where makers[output] == place {
      guard outputs.contains(output), let type = current[output], type != border else { continue }
      let inner = names.name("\(output)_\(type.rawValue)")
      renamed[output] = inner
      node.outputs[position] = inner
      variants[Variant(value: output, type: border)] = output
      addCast(from: inner, to: output, border, behind: place)
    }
    return node
  }

  mutating func append(_ node: Node, at place: Int) { nodes.append((place, node)) }

  /// The name under which `value` is found as `type`; a Cast or a converted constant is made where there is none yet.
  private mutating func name(of value: String, as type: ElementType) -> String {
    if let found = variants[Variant(value: value, type: type)] { return found }
    guard let now = current[value], now != type else { return renamed[value] ?? value }
    let wanted = names.name("\(value)_\(type.rawValue)")
    variants[Variant(value: value, type: type)] = wanted
    if let tensor = constants[value] {
      addConstant(tensor, named: wanted)
    } else {
      addCast(from: renamed[value] ?? value, to: wanted, type, behind: makers[value] ?? -1)
    }
    return wanted
  }

  private mutating func addCast(from source: String, to target: String, _ type: ElementType, behind place: Int) {
    castCount += 1
    casts[place, default: []].append(
      Node(
        name: names.name("\(target)_cast"), opType: "Cast", inputs: [source], outputs: [target],
        attributes: ["to": .int(Int(type.onnx))]))
  }

  private mutating func addConstant(_ tensor: Tensor, named name: String) {
    let saturates = options.overflow == .saturate
    for value in tensor.array(of: Float.self) {
      if value != 0, options.half.rounded(value) == 0 { flushedCount += 1 }
      if saturates, options.half.overflows(value) { saturatedCount += 1 }
    }
    graph.initializers[name] = options.half.converted(tensor, saturates: saturates)
  }

  /// The graph: constants that only the converted ones stand for are gone, and those take their names.
  mutating func finish() -> Graph {
    graph.nodes = casts[-1] ?? []
    for (place, node) in nodes {
      graph.nodes.append(node)
      graph.nodes += casts[place] ?? []
    }
    // A graph's input that is an output at once.
    for index in graph.outputs.indices {
      let name = graph.outputs[index].name
      if types[name] == .float32, constants[name] == nil { graph.outputs[index].elementType = border }
    }
    for index in graph.inputs.indices where types[graph.inputs[index].name] == .float32 {
      graph.inputs[index].elementType = border
    }
    takeOverNames()
    for index in graph.values.indices where graph.values[index].elementType == .float32 {
      let name = graph.values[index].name
      let made = renamed[name] == nil ? current[name] : border
      graph.values[index].elementType = graph.initializers[name]?.elementType ?? made ?? .float32
    }
    return graph
  }

  private mutating func takeOverNames() {
    var used = Set(graph.outputs.map(\.name))
    for node in graph.nodes { used.formUnion(node.usedValues) }
    var shortened: [String: String] = [:]
    for (variant, name) in variants.sorted(by: { $0.value < $1.value }) {
      let old = variant.value
      guard constants[old] != nil, graph.initializers[name] != nil, !used.contains(old), outer?.constants[old] == nil
      else { continue }
      shortened[name] = old
    }
    guard !shortened.isEmpty else { return }
    let replaced = Set(shortened.values)
    graph.nodes.removeAll { node in
      node.constantValue != nil && node.outputs.contains { replaced.contains($0) }
    }
    for (name, old) in shortened { graph.initializers[old] = graph.initializers.removeValue(forKey: name) }
    for index in graph.nodes.indices {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map { shortened[$0] ?? $0 }
    }
    for index in graph.overridableInputs.indices {
      let name = graph.overridableInputs[index].name
      graph.overridableInputs[index].elementType = graph.initializers[name]?.elementType
    }
  }
}
