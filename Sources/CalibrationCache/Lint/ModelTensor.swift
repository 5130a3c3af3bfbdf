/// A tensor of a network, as far as a look at a cache needs it.
package struct ModelTensor: Sendable, Hashable {
  package let name: String
  /// The operator that makes it; nil for an input of the network.
  package let opType: String?
  /// The node that makes it; nil for an input of the network.
  package let node: String?
  /// The tensors that the operator reads, constants left out.
  package let sources: [String]
  /// Whether it holds floating-point numbers; nil where nobody says.
  package let isFloat: Bool?

  package init(name: String, opType: String? = nil, node: String? = nil, sources: [String] = [], isFloat: Bool? = nil) {
    self.name = name
    self.opType = opType
    self.node = node
    self.sources = sources
    self.isFloat = isFloat
  }
}
