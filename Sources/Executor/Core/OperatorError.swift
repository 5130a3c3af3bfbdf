/// A node that cannot be run, and why.
package struct OperatorError: Error, Equatable {
  package enum Reason: Equatable, Sendable {
    case unknownOperator(nearest: String?)
    case unsupportedVersion(oldest: Int)
    case attribute(String, expected: String, found: String)
    case missingAttribute(String)
    case missingInput(Int)
    case input(Int, expected: String, found: String)
    case outputCount(expected: String, found: Int)
    case shape(expected: String, found: String)
    /// The values of an input are needed before the node runs, but depend on the data.
    case unknownValue(Int)
    case value(String)
    case tooLarge(String)
  }

  package let node: NodeLabel
  package let reason: Reason

  package init(_ node: NodeLabel, _ reason: Reason) {
    self.node = node
    self.reason = reason
  }
}

extension OperatorError: CustomStringConvertible {
  package var description: String { "\(node)\(detail)" }

  private static let shapeHint = "check the samples' shapes, or re-export the network"

  private var detail: String {
    switch reason {
    case .unknownOperator(let nearest):
      let hint = nearest.map { "did you mean '\($0)'? " } ?? ""
      return ": expected an operator that qtool knows, found none of that name; \(hint)"
        + "give its body as a model function in the file, or its code by --plugin lib.so (qtool_plugin.h)"
    case .unsupportedVersion(let oldest):
      return ": expected opset \(oldest) or later, found opset \(node.opset); re-export the network"
    case .attribute(let key, let expected, let found):
      return ", attribute '\(key)': expected \(expected), found \(found); re-export the network"
    case .missingAttribute(let key):
      return ": expected the attribute '\(key)', found none; re-export the network"
    case .missingInput(let index):
      return ": expected an input \(index), found none; re-export the network"
    case .input(let index, let expected, let found):
      return ", input \(index): expected \(expected), found \(found); \(Self.shapeHint)"
    case .outputCount(let expected, let found):
      return ": expected \(expected) outputs, found \(found); re-export the network"
    case .shape(let expected, let found):
      return ": expected \(expected), found \(found); \(Self.shapeHint)"
    case .unknownValue(let index):
      return ", input \(index): expected values known before the node runs, found values that depend on the data; "
        + "re-export the network with constants there"
    case .value(let text):
      return ": \(text)"
    case .tooLarge(let type):
      return ": expected an output that fits in memory, found \(type); check the input shapes"
    }
  }
}
