package import TensorCore

/// An ONNX network as the rest of the program sees it: no protobuf type, every name resolved.
package struct Model: Sendable {
  package var irVersion: Int
  /// The operator-set version of each imported domain; the standard domain is `""`.
  package var opsets: [String: Int]
  package var producerName: String
  package var producerVersion: String
  package var domain: String
  package var modelVersion: Int
  package var documentation: String
  /// Key and value pairs that the exporter left, in file order.
  package var metadata: [(key: String, value: String)]
  package var graph: Graph
  package var functions: [Function]
  /// Paths of the files beside the model that hold some of its constants, in order of first use.
  package var externalFiles: [String]
  /// What was put right or put up with while the file was read.
  package var notes: [ReadNote]

  package init(graph: Graph, opsets: [String: Int]) {
    irVersion = 8
    self.opsets = opsets
    producerName = ""
    producerVersion = ""
    domain = ""
    modelVersion = 0
    documentation = ""
    metadata = []
    self.graph = graph
    functions = []
    externalFiles = []
    notes = []
  }
}

/// A network, or the body of a control-flow node.
package struct Graph: Sendable {
  package var name: String
  /// What must be fed: inputs without an initializer of the same name.
  package var inputs: [ValueInfo]
  package var outputs: [ValueInfo]
  /// What the file says of other values.
  package var values: [ValueInfo]
  /// Constants by name.
  package var initializers: [String: Tensor]
  /// Names of initializers that the file also lists as inputs, which a caller may override; in file order.
  package var overridableInputs: [ValueInfo]
  /// In topological order.
  package var nodes: [Node]

  package init(name: String) {
    self.name = name
    inputs = []
    outputs = []
    values = []
    initializers = [:]
    overridableInputs = []
    nodes = []
  }
}

/// An operator defined by the model itself, as a graph over formal names.
package struct Function: Sendable {
  package var name: String
  package var domain: String
  package var inputs: [String]
  package var outputs: [String]
  /// Names of attributes without a default.
  package var attributes: [String]
  package var attributeDefaults: [String: Attribute]
  package var opsets: [String: Int]
  package var nodes: [Node]
  package var overload: String

  package init(name: String, domain: String) {
    self.name = name
    self.domain = domain
    inputs = []
    outputs = []
    attributes = []
    attributeDefaults = [:]
    opsets = [:]
    nodes = []
    overload = ""
  }
}
