package import TensorCore

/// One application of an operator.
package struct Node: Sendable {
  /// Unique within its graph: a node that the file leaves unnamed, or names like another, is called after its first output.
  package var name: String
  package var opType: String
  /// The operator's domain; `""` is the standard one.
  package var domain: String
  /// Names of values; an empty name stands for an optional input that is not given.
  package var inputs: [String]
  /// Names of values; an empty name stands for an optional output that is not wanted.
  package var outputs: [String]
  package var attributes: [String: Attribute]
  /// Distinguishes functions of one name; empty for most nodes.
  package var overload: String
  /// The version of the operator set, where it is not the one that the model imports: the function that the node comes
  /// from imports another.
  package var opset: Int?

  package init(
    name: String, opType: String, domain: String = "", inputs: [String], outputs: [String],
    attributes: [String: Attribute] = [:], overload: String = ""
  ) {
    self.name = name
    self.opType = opType
    self.domain = domain
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.overload = overload
  }
}

/// The value of a node's attribute.
package enum Attribute: Sendable {
  case float(Float)
  case int(Int)
  /// A byte string; ONNX promises UTF-8 but files do not always keep it.
  case string([UInt8])
  case tensor(Tensor)
  case graph(Graph)
  case floats([Float])
  case ints([Int])
  case strings([[UInt8]])
  case tensors([Tensor])
  case graphs([Graph])
  /// Inside a function body: the value of the calling node's attribute of that name.
  case reference(String)
  /// A kind that no supported operator uses, such as a sparse tensor; the text names it.
  case unsupported(String)

  /// What an error message calls this kind of value.
  package var kind: String {
    switch self {
    case .float: "a float"
    case .int: "an int"
    case .string: "a string"
    case .tensor: "a tensor"
    case .graph: "a graph"
    case .floats: "a list of floats"
    case .ints: "a list of ints"
    case .strings: "a list of strings"
    case .tensors: "a list of tensors"
    case .graphs: "a list of graphs"
    case .reference(let name): "a reference to attribute '\(name)'"
    case .unsupported(let text): text
    }
  }
}
