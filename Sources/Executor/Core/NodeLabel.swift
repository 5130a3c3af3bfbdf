package import ONNX

/// What a message says of a node: enough to find it in the network.
package struct NodeLabel: Sendable, Hashable {
  package let name: String
  package let opType: String
  /// `""` for the standard domain.
  package let domain: String
  /// The version of the node's operator set that the model imports.
  package let opset: Int

  package init(name: String, opType: String, domain: String = "", opset: Int) {
    self.name = name
    self.opType = opType
    self.domain = domain
    self.opset = opset
  }

  package init(_ node: Node, opset: Int) {
    self.init(name: node.name, opType: node.opType, domain: node.domain, opset: opset)
  }
}

extension NodeLabel: CustomStringConvertible {
  package var description: String {
    "node '\(name)' (\(domain.isEmpty ? opType : "\(domain).\(opType)"), opset \(opset))"
  }
}
