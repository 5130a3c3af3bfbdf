package import TensorCore

/// The number format in which a node computes.
package enum Precision: String, Sendable, Hashable, CaseIterable {
  case fp32, fp16, bf16
}

/// Which node computes in which format. Nodes are named as in the ONNX file, never by how they were fused.
package struct NumericPolicy: Sendable, Hashable {
  /// For every node that ``exceptions`` does not name.
  package var standard: Precision
  package var exceptions: [String: Precision]
  /// Where results are rounded: after a fused step, as engine builders do, or after every operator, as frameworks do.
  package var rounding: Rounding
  /// Operands that a node reads as integer codes would give them, by node and by position among its inputs: every other
  /// operand, and the result, are in the node's precision. An INT8 kernel's sums are exact, so that computing on these
  /// numbers in float32 is what it does, up to the rounding of float32 sums. In a node of 16 bits the numbers that codes
  /// become again are of 16 bits, as DequantizeLinear makes them.
  package var operandGrids: [String: [Int: IntegerGrid]]

  /// How sums of float32 convolutions are formed: product by product, or by Winograd's transform where that is quicker,
  /// with other rounding errors of the same size. What is to be compared bit by bit wants the former.
  package var convolution: Convolution

  package enum Convolution: String, Sendable, Hashable, Codable {
    case direct, winograd
  }

  package enum Rounding: String, Sendable, Hashable, CaseIterable {
    case fused, `operator`
  }

  package init(
    _ standard: Precision = .fp32, exceptions: [String: Precision] = [:], rounding: Rounding = .fused,
    operandGrids: [String: [Int: IntegerGrid]] = [:], convolution: Convolution = .direct
  ) {
    self.standard = standard
    self.exceptions = exceptions
    self.rounding = rounding
    self.operandGrids = operandGrids
    self.convolution = convolution
  }

  package func precision(of node: String) -> Precision { exceptions[node] ?? standard }
}
