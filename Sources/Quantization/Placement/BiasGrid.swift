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

  /// The largest code of a bias where weights make room for it: with it, sums stay whole numbers in float32.
  private static let largestCode: Float = 0x1p23

  /// Widens the scales of weights whose bias would have too large a code.
  ///
  /// An output channel whose weights are all but 0 has a tiny scale, in whose unit its bias does not fit 32 bits: an engine
  /// with int32 biases would cut it off. With a scale for which it fits, the weights lose what is nothing beside the bias.
  static func makingRoom(
    for node: Node, _ operands: [QuantizedOperand], in graph: Graph
  ) -> [QuantizedOperand] {
    guard node.inputs.count > 2, let bias = graph.initializers[node.inputs[2]], bias.elementType == .float32,
      bias.shape.rank == 1, isAddedAsItIs(node),
      let activation = operands.first(where: { $0.input == 0 && $0.role == .activation })?.grid
    else { return operands }
    let values = bias.array(of: Float.self)
    return operands.map { operand in
      let grid = operand.grid
      guard operand.role == .weight, operand.input == 1, grid.isPerTensor || grid.scales.count == values.count else {
        return operand
      }
      let magnitudes = grid.isPerTensor ? [values.map(\.magnitude).max() ?? 0] : values.map(\.magnitude)
      let scales = zip(grid.scales, magnitudes).map { scale, bias in
        max(scale, bias / activation.scale / largestCode)
      }
      guard scales != grid.scales, scales.allSatisfy(\.isFinite) else { return operand }
      return QuantizedOperand(
        input: operand.input, tensor: operand.tensor, role: operand.role,
        grid: IntegerGrid(scales: scales, zeroPoints: grid.zeroPoints, codes: grid.codes, axis: grid.axis))
    }
  }

  /// Whether neither the product nor the bias is multiplied by a number first.
  private static func isAddedAsItIs(_ node: Node) -> Bool {
    ["alpha", "beta"].allSatisfy { name in
      if case .float(let factor)? = node.attributes[name] { return factor == 1 }
      return true
    }
  }
}
