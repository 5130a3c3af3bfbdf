import Kernels
import TensorCore

/// Operators that slide weights over an image.
let convolutions: [OperatorEntry] = [
  OperatorEntry("Conv", since: 1, Widened<Conv>.self)
]

/// [Conv](https://onnx.ai/onnx/operators/onnx__Conv.html): `Y[n, m, …] = B[m] + Σ X[n, c, …]·W[m, c, …]`.
///
/// `X` is `[N, C, …]` with one to three spatial axes, `W` is `[M, C / group, …]`, `B` is `[M]`.
struct Conv: Operator {
  let window: WindowAttributes
  let group: Int

  init(_ node: NodeReader) throws(OperatorError) {
    window = try WindowAttributes(node)
    group = try node.groupCount()
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (x, weights, geometry) = try resolve(operands)
    return Outputs(TensorType(Shape([x[0], weights[0]] + geometry.output)))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (x, weights, geometry) = try resolve(operands)
    guard let axes = geometry.threeAxes else {
      throw OperatorError(operands.node, .input(0, expected: "one to three spatial axes", found: "\(x)"))
    }
    if group == x[1], weights[1] == 1 {
      return DepthwiseConvolution(
        batch: x[0], channels: x[1], multiplier: weights[0] / group, depth: axes.depth, height: axes.height,
        width: axes.width)
    }
    return MatrixConvolution(
      batch: x[0], group: group, inputChannels: x[1], outputChannels: weights[0], columns: Im2col(axes),
      isPointwise: geometry.isPointwise)
  }

  /// Constant weights are packed once for all samples, workers and plans.
  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let (x, weights, geometry) = try resolve(operands)
    guard let values = operands[optional: 1]?.value, operands.areKnown(2), geometry.axes.count <= 2,
      let axes = geometry.threeAxes, weights[0] > 0, x.count > 0
    else { return nil }
    let bias = operands[optional: 2]?.value?.floats ?? Array(repeating: 0, count: weights[0])
    if group == x[1], group == weights[0], let windows = ChannelsLastWindows(x, geometry) {
      let kernel = ChannelsLastDepthwise(windows, weights: values.array(), bias: bias)
      return ChannelsLastForm(kernel, inputs: [0], isPreferred: true)
    }
    // Groups of a channel or two would leave most of every vector empty.
    guard group == 1 || weights[1] >= 4 else { return nil }
    let table = KernelLibrary.current
    // Values of the present run only have no address that they could be known by.
    let kind = PackedPanels.Kind.filters(group: group)
    let filters = operands.constant(1).map { PackedPanels.shared($0, as: kind, for: table) }
    let kernel = DirectConvolution(
      batch: x[0], group: group, inputChannels: x[1], outputChannels: weights[0], height: axes.height,
      width: axes.width, filters: filters ?? PackedPanels(values, as: kind, for: table), bias: bias, table: table)
    return ChannelsLastForm(kernel, inputs: [0], isPreferred: true)
  }

  func resolve(_ operands: Operands) throws(OperatorError) -> (x: Shape, weights: Shape, WindowGeometry) {
    let x = try operands.required(0, .float32).shape
    let weights = try operands.required(1, .float32).shape
    guard x.rank >= 3 else {
      throw OperatorError(operands.node, .input(0, expected: "[N, C, …] with spatial axes", found: "\(x)"))
    }
    guard weights.rank == x.rank, x[1] == weights[1] * group, weights[0] % group == 0 else {
      throw OperatorError(
        operands.node,
        .input(1, expected: "[M, C / \(group), …] that fits the input \(x)", found: "\(weights)"))
    }
    if let bias = operands[optional: 2], bias.shape != [weights[0]] {
      throw OperatorError(operands.node, .input(2, expected: "[\(weights[0])]", found: "\(bias.shape)"))
    }
    let kernel = Array(weights.dimensions.dropFirst(2))
    if let declared = window.kernel, declared != kernel {
      throw OperatorError(
        operands.node, .attribute("kernel_shape", expected: "that of the weights, \(kernel)", found: "\(declared)"))
    }
    let geometry = try window.geometry(
      input: Array(x.dimensions.dropFirst(2)), kernel: kernel, node: operands.node)
    return (x, weights, geometry)
  }
}
