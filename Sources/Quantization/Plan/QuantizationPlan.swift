package import TensorCore

/// Which operands of which nodes are quantized, and to which grids.
///
/// A node of the plan reads each listed operand as QuantizeLinear and DequantizeLinear would give it, everything else
/// as it is, and computes in floating point: the sums of an INT8 kernel are exact, so that this is what it computes
/// too, up to the rounding of float32 sums.
package struct QuantizationPlan: Sendable, Hashable {
  package let target: Target
  /// In the order of the graph. A node that is not listed has no quantized operand.
  package let nodes: [QuantizedNode]
  /// Nodes that could compute in INT8 and do not, in the order of the graph.
  package let kept: [KeptNode]

  package init(target: Target, nodes: [QuantizedNode], kept: [KeptNode] = []) {
    self.target = target
    self.nodes = nodes
    self.kept = kept
  }

  /// The grids by node and by the position among the node's inputs: what a numeric policy asks for.
  package var gridsByNode: [String: [Int: IntegerGrid]] {
    var result: [String: [Int: IntegerGrid]] = [:]
    for node in nodes {
      for operand in node.operands { result[node.name, default: [:]][operand.input] = operand.grid }
    }
    return result
  }
}

/// A node with quantized operands.
package struct QuantizedNode: Sendable, Hashable {
  package let name: String
  package let opType: String
  /// In the order of the node's inputs.
  package let operands: [QuantizedOperand]
  /// Whether the node does its arithmetic in INT8; one that does not merely reads or passes on a quantized tensor.
  package let isInteger: Bool

  package init(name: String, opType: String, operands: [QuantizedOperand], isInteger: Bool) {
    self.name = name
    self.opType = opType
    self.operands = operands
    self.isInteger = isInteger
  }
}

/// One quantized input of a node.
package struct QuantizedOperand: Sendable, Hashable {
  package enum Role: String, Sendable, Hashable {
    case activation, weight
    /// Added to the sums of an integer kernel, in their unit: the product of the scales of activation and weight. An
    /// engine that keeps biases in floating point adds the same number.
    case bias
  }

  /// The position among the node's inputs.
  package let input: Int
  /// The value's name in the graph that the plan was made for.
  package let tensor: String
  package let role: Role
  package let grid: IntegerGrid

  package init(input: Int, tensor: String, role: Role, grid: IntegerGrid) {
    self.input = input
    self.tensor = tensor
    self.role = role
    self.grid = grid
  }
}

/// A node that stays in higher precision, and why.
package struct KeptNode: Sendable, Hashable {
  package enum Reason: Sendable, Hashable {
    /// The plan's caller asked for it.
    case asked
    /// The calibration has no usable range for this tensor.
    case noRange(tensor: String)
    /// The target computes it in higher precision.
    case target
    /// A quantized operand would not be a float32 tensor that depends on the samples.
    case operands
  }

  package let name: String
  package let opType: String
  package let reason: Reason

  package init(name: String, opType: String, reason: Reason) {
    self.name = name
    self.opType = opType
    self.reason = reason
  }
}

extension KeptNode.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .asked: "asked for"
    case .noRange(let tensor): "the calibration has no usable range for '\(tensor)'"
    case .target: "the target computes it in higher precision"
    case .operands: "an operand is no float32 tensor of finite numbers"
    }
  }
}
