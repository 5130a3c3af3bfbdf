import OnnxProto
import TensorCore

/// Turns a file's graphs and functions into the program's own, letting go of each payload once it is copied.
struct GraphReader {
  var tensors: TensorReader
  private(set) var renamedNodes = 0
  private(set) var movedNodes = 0

  init(besideModelAt path: String) { tensors = TensorReader(besideModelAt: path) }

  /// Reads a graph with its nodes in topological order.
  ///
  /// - Parameters:
  ///   - proto: Is used up: nothing but the caller's variable may hold it if its payloads are to be let go.
  ///   - depth: 0 for the network itself, 1 for the body of one of its nodes, and so on. What a body uses and does not
  ///     define belongs to the graphs around it; the network itself must define all that it uses.
  mutating func graph(_ proto: inout OnnxGraphProto, depth: Int = 0) throws(ONNXError.Fault) -> Graph {
    guard depth <= ONNXReader.maximumGraphDepth else { throw .tooDeep }
    var graph = Graph(name: proto.name)
    var defined = Definitions()

    // Off the message and off the array one by one, so that a payload and its copy live side by side only once.
    var dense = proto.initializer
    proto.initializer = []
    dense.reverse()
    while let tensor = dense.popLast() {
      guard !tensor.name.isEmpty else { throw .unnamed("initializer \(graph.initializers.count)") }
      try defined.add(tensor.name, by: "an initializer")
      graph.initializers[tensor.name] = try tensors.tensor(tensor, at: .initializer(tensor.name))
    }
    for tensor in proto.sparseInitializer {
      guard !tensor.values.name.isEmpty else { throw .unnamed("a sparse initializer") }
      try defined.add(tensor.values.name, by: "a sparse initializer")
      graph.initializers[tensor.values.name] =
        try tensors.denseTensor(tensor, at: .initializer(tensor.values.name))
    }

    var inputNames: Set<String> = []
    for (index, input) in proto.input.map(ValueInfo.init).enumerated() {
      guard !input.name.isEmpty else { throw .unnamed("graph input \(index)") }
      guard inputNames.insert(input.name).inserted else {
        throw .definedTwice(value: input.name, by: "a graph input")
      }
      if graph.initializers[input.name] != nil {
        graph.overridableInputs.append(input)
      } else {
        graph.inputs.append(input)
        try defined.add(input.name, by: "a graph input")
      }
    }
    graph.outputs = proto.output.map(ValueInfo.init)
    graph.values = proto.valueInfo.map(ValueInfo.init)

    var nodes = proto.node
    proto.node = []
    graph.nodes = try orderedNodes(&nodes, defined: &defined, isClosed: depth == 0, depth: depth)
    for (index, output) in graph.outputs.enumerated() {
      guard !output.name.isEmpty else { throw .unnamed("graph output \(index)") }
      guard depth > 0 || defined.contains(output.name) else {
        throw .undefined(value: output.name, usedBy: "graph output \(index)")
      }
    }
    return graph
  }

  /// Reads an operator that the model defines itself.
  mutating func function(_ proto: OnnxFunctionProto) throws(ONNXError.Fault) -> Function {
    guard !proto.name.isEmpty else { throw .unnamed("a function") }
    var function = Function(name: proto.name, domain: normalizedDomain(proto.domain))
    function.overload = proto.overload
    function.inputs = proto.input
    function.outputs = proto.output
    function.attributes = proto.attribute
    function.attributeDefaults = try attributes(proto.attributeProto, node: proto.name, depth: 0)
    function.opsets = try opsets(proto.opsetImport)
    var defined = Definitions()
    for input in function.inputs { try defined.add(input, by: "an input of function \(quoted(function.name))") }
    var nodes = proto.node
    function.nodes = try orderedNodes(&nodes, defined: &defined, isClosed: true, depth: 0)
    for output in function.outputs where !defined.contains(output) {
      throw .undefined(value: output, usedBy: "output of function \(quoted(function.name))")
    }
    return function
  }

  /// Reads nodes, gives each a name of its own, and puts each behind the nodes whose outputs it uses.
  ///
  /// - Parameters:
  ///   - protos: Is used up.
  ///   - defined: What is defined beside the nodes; their outputs are added.
  ///   - isClosed: Whether everything that a node uses must be defined here.
  private mutating func orderedNodes(
    _ protos: inout [OnnxNodeProto], defined: inout Definitions, isClosed: Bool, depth: Int
  ) throws(ONNXError.Fault) -> [Node] {
    var nodes: [Node] = []
    nodes.reserveCapacity(protos.count)
    protos.reverse()
    while let proto = protos.popLast() {
      nodes.append(try node(proto, index: nodes.count, depth: depth))
    }
    renamedNodes += nameUniquely(&nodes)
    for node in nodes {
      for output in node.outputs where !output.isEmpty {
        try defined.add(output, by: "node \(quoted(node.name)) (\(node.opType))")
      }
    }
    if isClosed {
      for node in nodes {
        for value in node.usedValues where !defined.contains(value) {
          throw .undefined(value: value, usedBy: "node \(quoted(node.name)) (\(node.opType))")
        }
      }
    }
    movedNodes += try orderTopologically(&nodes)
    return nodes
  }

  private mutating func node(
    _ proto: OnnxNodeProto, index: Int, depth: Int
  ) throws(ONNXError.Fault) -> Node {
    let name = proto.name.isEmpty ? proto.output.first { !$0.isEmpty } ?? "" : proto.name
    guard !proto.opType.isEmpty else { throw .unnamed("the operator of node \(index) \(quoted(name))") }
    let attributes = try attributes(proto.attribute, node: name, depth: depth)
    let node = Node(
      name: proto.name, opType: proto.opType, domain: normalizedDomain(proto.domain), inputs: proto.input,
      outputs: proto.output, attributes: attributes, overload: proto.overload)
    if let fault = OperandCounts.fault(of: node) {
      throw .operands(node: name, opType: proto.opType, expected: fault.expected, found: fault.found)
    }
    return node
  }
}

/// The names that are defined in a graph so far: each by one input, initializer or node.
private struct Definitions {
  private var names: Set<String> = []

  mutating func add(_ name: String, by definer: String) throws(ONNXError.Fault) {
    guard names.insert(name).inserted else { throw .definedTwice(value: name, by: definer) }
  }

  func contains(_ name: String) -> Bool { names.contains(name) }
}
