import ONNX
import TensorCore

/// The grids of biases: int32 codes in the unit of an integer kernel's sums.
///
/// `scale[channel] = scale of the activation · scale of the weights[channel]`, in float32. Fused integer kernels
/// ([QLinearConv](https://onnx.ai/onnx/operators/onnx__QLinearConv.html)) hold biases so, and where a file has them in
/// floating point, onnxruntime rounds them when it fuses: by half a unit of the sum, hundreds of times less than a step of
/// the result. But a code that lies on the border between two falls to the other side, the next layer makes more of it, and
/// after nine layers two runs differ by as much as INT8 differs from FP32. On the grid from the start they agree.
enum BiasGrid {
  /// Nil for a node without a constant bias per output channel, and where a code would not fit: then it stays as it is.
  static func operand(
    of node: Node, beside operands: [QuantizedOperand], in graph: Graph
  ) -> QuantizedOperand? {
    guard node.inputs.count > 2, let bias = graph.initializers[node.inputs[2]], bias.elementType == .float32,
      bias.shape.rank == 1, isAddedAsItIs(node),
      let activation = operands.first(where: { $0.input == 0 && $0.role == .activation })?.grid,
      let weights = operands.first(where: { $0.input == 1 && $0.role == .weight })?.grid
    else { return nil }
    let values = bias.array(of: Float.self)
    guard weights.isPerTensor || weights.scales.count == values.count else { return nil }
    let scales = weights.scales.map { activation.scale * $0 }
    let fits = values.indices.allSatisfy { index in
      let scale = scales[weights.isPerTensor ? 0 : index]
      return scale >= .leastNormalMagnitude && scale.isFinite && (values[index] / scale).magnitude < 0x1p31
    }
    guard fits else { return nil }
    let grid = IntegerGrid(scales: scales, codes: IntegerGrid.biasCodes, axis: weights.isPerTensor ? nil : 0)
    return QuantizedOperand(input: 2, tensor: node.inputs[2], role: .bias, grid: grid)
  }

  /// Whether neither the product nor the bias is multiplied by a number first.
  private static func isAddedAsItIs(_ node: Node) -> Bool {
    ["alpha", "beta"].allSatisfy { name in
      if case .float(let factor)? = node.attributes[name] { return factor == 1 }
      return true
    }
  }
}
