package import ONNX
package import TensorCore

extension Node {
  /// What the bodies take from around them, each name once, in order of first use.
  fileprivate var captures: [String] {
    let hasBody = attributes.values.contains { value in
      switch value {
      case .graph, .graphs: true
      default: false
      }
    }
    guard hasBody else { return [] }
    var known: Set<String> = []
    return subgraphs.flatMap(\.capturedValues).filter { known.insert($0).inserted }
  }
}

/// A node of the graph, read one checked attribute at a time.
package struct NodeReader: Sendable {
  package let label: NodeLabel
  /// Which inputs are given: the count includes absent ones that stand before a given one.
  package let inputs: [String]
  package let outputs: [String]
  /// The values that the node's bodies take from around them, each once: they follow the inputs.
  package let captures: [String]
  private let attributes: [String: Attribute]
  /// What a body needs to be read.
  private let opsets: [String: Int]
  private let registry: OperatorRegistry

  /// - Parameters:
  ///   - opsets: The model's, for the bodies of a control-flow node.
  ///   - registry: Where the operators of those bodies are found.
  package init(
    _ node: Node, opset: Int, opsets: [String: Int] = [:], registry: OperatorRegistry = OperatorRegistry([])
  ) {
    label = NodeLabel(node, opset: opset)
    inputs = node.inputs
    outputs = node.outputs
    attributes = node.attributes
    captures = node.captures
    self.opsets = opsets
    self.registry = registry
  }

  package var opset: Int { label.opset }

  package func has(_ key: String) -> Bool { attributes[key] != nil }

  package func int(_ key: String) throws(OperatorError) -> Int? {
    switch attributes[key] {
    case nil: nil
    case .int(let value): value
    case let other?: throw mismatch(key, "an int", other)
    }
  }

  package func int(_ key: String, default value: Int) throws(OperatorError) -> Int { try int(key) ?? value }

  /// A number of groups, 1 where it is not given: few enough for products with extents.
  func groupCount(_ key: String = "group") throws(OperatorError) -> Int {
    let count = try int(key, default: 1)
    guard 1...(1 << 24) ~= count else {
      throw OperatorError(label, .attribute(key, expected: "1 to \(1 << 24)", found: "\(count)"))
    }
    return count
  }

  /// An int that ONNX reads as a truth value.
  package func flag(_ key: String, default value: Bool = false) throws(OperatorError) -> Bool {
    try int(key).map { $0 != 0 } ?? value
  }

  package func ints(_ key: String) throws(OperatorError) -> [Int]? {
    switch attributes[key] {
    case nil: nil
    case .ints(let values): values
    // An empty list has no type of its own in the file.
    case .floats(let values) where values.isEmpty: []
    case let other?: throw mismatch(key, "a list of ints", other)
    }
  }

  package func float(_ key: String) throws(OperatorError) -> Float? {
    switch attributes[key] {
    case nil: nil
    case .float(let value): value
    case let other?: throw mismatch(key, "a float", other)
    }
  }

  package func float(_ key: String, default value: Float) throws(OperatorError) -> Float { try float(key) ?? value }

  package func floats(_ key: String) throws(OperatorError) -> [Float]? {
    switch attributes[key] {
    case nil: nil
    case .floats(let values): values
    case .ints(let values) where values.isEmpty: []
    case let other?: throw mismatch(key, "a list of floats", other)
    }
  }

  package func string(_ key: String) throws(OperatorError) -> String? {
    switch attributes[key] {
    case nil: nil
    case .string(let bytes): String(decoding: bytes, as: UTF8.self)
    case let other?: throw mismatch(key, "a string", other)
    }
  }

  package func strings(_ key: String) throws(OperatorError) -> [String]? {
    switch attributes[key] {
    case nil: nil
    case .strings(let values): values.map { String(decoding: $0, as: UTF8.self) }
    case .ints(let values) where values.isEmpty: []
    case .floats(let values) where values.isEmpty: []
    case let other?: throw mismatch(key, "a list of strings", other)
    }
  }

  package func tensor(_ key: String) throws(OperatorError) -> Tensor? {
    switch attributes[key] {
    case nil: nil
    case .tensor(let value): value
    case let other?: throw mismatch(key, "a tensor", other)
    }
  }

  /// A body, read with the node's own operators.
  package func body(_ key: String) throws(OperatorError) -> Body? {
    switch attributes[key] {
    case nil: nil
    case .graph(let graph): try Body(graph, captures: captures, opsets: opsets, registry: registry)
    case let other?: throw mismatch(key, "a graph", other)
    }
  }

  /// A string that must be one of the cases of `Choice`.
  package func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String, default value: Choice
  ) throws(OperatorError) -> Choice {
    guard let text = try string(key) else { return value }
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    throw OperatorError(label, .attribute(key, expected: "one of \(names)", found: "'\(text)'"))
  }

  private func mismatch(_ key: String, _ expected: String, _ found: Attribute) -> OperatorError {
    OperatorError(label, .attribute(key, expected: expected, found: found.kind))
  }
}

extension NodeReader {
  /// The names of the attributes that the file gives, sorted.
  var attributeNames: [String] { attributes.keys.sorted() }

  /// An attribute as it stands, of whatever kind.
  func attribute(_ name: String) -> Attribute? { attributes[name] }
}
