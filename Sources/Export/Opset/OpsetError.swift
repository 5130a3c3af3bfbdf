/// A network that cannot be brought to a later operator set.
package struct OpsetError: Error, Equatable {
  /// The node, as its graph names it, and its operator.
  package let node: String
  package let opType: String
  /// The operator set that changed it.
  package let version: Int
  package let fault: OpsetFault
}

/// Why a node has no equal in a later operator set.
package enum OpsetFault: Error, Equatable, Sendable {
  /// The rank or element type of a value must be known.
  case unknown(what: String, of: String)
  /// An attribute or use that later operator sets do not have.
  case dropped(String)
  /// What every node of this operator must have and this one has not.
  case missing(String)
}

extension OpsetError: CustomStringConvertible {
  package var description: String {
    let place = "node '\(node)' (\(opType))"
    return switch fault {
    case .unknown(let what, let value):
      """
      \(place): expected to know the \(what) of '\(value)' to bring the node to operator set \(version), found it \
      unsaid; run shape inference on the network (onnx.shape_inference) first
      """
    case .dropped(let what):
      """
      \(place): expected a node that operator set \(version) can express, found \(what), which it dropped; \
      export the network again with a later operator set
      """
    case .missing(let what):
      "\(place): expected \(what), found none; export the network again"
    }
  }
}
