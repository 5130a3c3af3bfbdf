/// The number format of a node, as a plan file names it.
package enum NodePrecision: String, Sendable, Hashable, CaseIterable, Codable {
  case fp32, fp16, bf16, int8
}

/// Which node computes in which format: the plan file that an audit writes and that comparisons and exports read.
package struct PrecisionPlan: Sendable, Hashable {
  package static let format = "qtool/precision-plan/1"

  /// A node that differs from the standard.
  package struct Exception: Sendable, Hashable {
    package let node: String
    package let precision: NodePrecision

    package init(node: String, precision: NodePrecision) {
      self.node = node
      self.precision = precision
    }
  }

  /// For every node without an exception.
  package var standard: NodePrecision
  /// Each node at most once; written in this order.
  package var exceptions: [Exception]
  /// SHA-256 of the network that the plan was made for, as 64 hexadecimal digits; nil where unknown.
  package var modelDigest: String?

  package init(_ standard: NodePrecision, exceptions: [Exception] = [], modelDigest: String? = nil) {
    self.standard = standard
    self.exceptions = exceptions
    self.modelDigest = modelDigest
  }

  package func precision(of node: String) -> NodePrecision {
    exceptions.first { $0.node == node }?.precision ?? standard
  }

  /// The exceptions by node.
  package var precisions: [String: NodePrecision] {
    Dictionary(exceptions.map { ($0.node, $0.precision) }) { first, _ in first }
  }
}
