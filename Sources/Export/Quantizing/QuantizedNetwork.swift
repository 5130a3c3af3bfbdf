package import ONNX
package import Quantization
package import TensorCore

/// A network with its quantization written out: QuantizeLinear and DequantizeLinear in front of the operands of a plan.
package struct QuantizedNetwork: Sendable {
  package let model: Model
  /// Pairs of QuantizeLinear and DequantizeLinear, and weights stored as integers.
  package let pairCount: Int
  package let weightCount: Int

  /// The operator set that has scales per channel.
  package static let opset = 13
  /// The operator set that has scales of 16 bits.
  package static let halfScaleOpset = 19

  /// Writes out `plan`.
  ///
  /// An activation goes through one pair for each grid that its readers want, whatever their number; its scale keeps
  /// the bits of the plan. Weights become an initializer of codes and one DequantizeLinear. A bias takes the nearest
  /// number of its grid: as int32 codes for `onnxruntime`, whose older versions fuse no other, in floating point for
  /// builders that want it so. Whatever the plan does not list stays as it is.
  ///
  /// - Parameters:
  ///   - model: The network that the plan was made for, of operator set ``opset`` or later.
  ///   - scales: Round scales to this type first, so that a network in it holds them exactly; those that would not be
  ///     normal numbers there stay. Biases then stay as they are: the type of 16 bits rounds them. Nil to keep the scales.
  package static func make(_ model: Model, plan: QuantizationPlan, scales: HalfType? = nil) -> QuantizedNetwork {
    var writer = QuantizationWriter(model, scales: scales, hasIntegerBiases: plan.target == .onnxruntime)
    let operands = Dictionary(plan.nodes.map { ($0.name, $0.operands(scales: scales)) }) { first, _ in first }
    var result = model
    result.graph.nodes = []
    for node in model.graph.nodes {
      var node = node
      for operand in operands[node.name] ?? [] where node.input(operand.input) == operand.tensor {
        node.inputs[operand.input] =
          operand.role == .bias
          ? writer.bias(operand, into: &result.graph) : writer.quantized(operand, into: &result.graph)
      }
      result.graph.nodes.append(node)
    }
    // Weights that nobody reads in floating point any more.
    var used = Set(result.graph.outputs.map(\.name))
    for node in result.graph.nodes { used.formUnion(node.usedValues) }
    for name in writer.replaced.sorted() where !used.contains(name) { result.graph.initializers[name] = nil }
    result.graph.overridableInputs.removeAll { result.graph.initializers[$0.name] == nil }
    result.graph.values.removeAll { writer.replaced.contains($0.name) && !used.contains($0.name) }
    return QuantizedNetwork(model: result, pairCount: writer.pairCount, weightCount: writer.weightCount)
  }

  /// The grids of `plan` as ``make(_:plan:scales:)`` writes them, by node and input.
  package static func grids(
    of plan: QuantizationPlan, scales: HalfType?
  ) -> [String: [Int: IntegerGrid]] {
    var result: [String: [Int: IntegerGrid]] = [:]
    for node in plan.nodes {
      for operand in node.operands(scales: scales) {
        result[node.name, default: [:]][operand.input] = operand.grid.rounded(to: scales)
      }
    }
    return result
  }

  /// The first node that shows that a network is quantized already; nil for one in floating point.
  package static func quantizedNode(of graph: Graph) -> Node? {
    for node in graph.nodes {
      if operators.contains(node.opType) { return node }
      for body in node.subgraphs { if let found = quantizedNode(of: body) { return found } }
    }
    return nil
  }

  private static let operators: Set = [
    "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger",
    "MatMulInteger",
  ]
}

/// Makes each pair once.
private struct QuantizationWriter {
  private struct Key: Hashable {
    let tensor: String
    let grid: IntegerGrid
  }

  private let scales: HalfType?
  private let hasIntegerBiases: Bool
  private var names: NamePool
  private var made: [Key: String] = [:]
  private(set) var replaced: Set<String> = []
  private(set) var pairCount = 0
  private(set) var weightCount = 0

  init(_ model: Model, scales: HalfType?, hasIntegerBiases: Bool) {
    names = NamePool(model)
    self.scales = scales
    self.hasIntegerBiases = hasIntegerBiases
  }

  /// The name of the bias on its grid.
  mutating func bias(_ operand: QuantizedOperand, into graph: inout Graph) -> String {
    let grid = operand.grid, tensor = operand.tensor
    let key = Key(tensor: tensor, grid: grid)
    if let name = made[key] { return name }
    guard let values = graph.initializers[tensor] else { return tensor }
    replaced.insert(tensor)
    let result = names.name(hasIntegerBiases ? "\(tensor)_dequantized" : "\(tensor)_rounded")
    made[key] = result
    guard hasIntegerBiases else {
      graph.initializers[result] = Tensor(
        values.array(of: Float.self).enumerated().map { grid.rounded($1, channel: grid.isPerTensor ? 0 : $0) },
        shape: values.shape)
      return result
    }
    let scale = names.name("\(tensor)_scale"), codes = names.name("\(tensor)_quantized")
    graph.initializers[scale] = Tensor(grid.scales, shape: grid.isPerTensor ? [] : [grid.scales.count])
    graph.initializers[codes] = grid.codes(of: values)
    graph.nodes.append(
      Node(
        name: names.name("\(tensor)_DequantizeLinear"), opType: "DequantizeLinear", inputs: [codes, scale],
        outputs: [result], attributes: grid.axis.map { ["axis": .int($0)] } ?? [:]))
    return result
  }

  /// The name of the operand as its reader is to see it.
  mutating func quantized(_ operand: QuantizedOperand, into graph: inout Graph) -> String {
    let grid = operand.grid.rounded(to: scales), tensor = operand.tensor
    let key = Key(tensor: tensor, grid: grid)
    if let name = made[key] { return name }
    let scale = names.name("\(tensor)_scale"), zeroPoint = names.name("\(tensor)_zero_point")
    let codes = names.name("\(tensor)_quantized"), result = names.name("\(tensor)_dequantized")
    let shape: Shape = grid.isPerTensor ? [] : [grid.scales.count]
    graph.initializers[scale] = Tensor(grid.scales, shape: shape)
    graph.initializers[zeroPoint] = grid.codes(grid.zeroPoints, shape: shape)
    let attributes: [String: Attribute] = grid.axis.map { ["axis": .int($0)] } ?? [:]
    if let weights = graph.initializers[tensor], operand.role == .weight {
      graph.initializers[codes] = grid.codes(of: weights)
      replaced.insert(tensor)
      weightCount += 1
    } else {
      graph.nodes.append(
        Node(
          name: names.name("\(tensor)_QuantizeLinear"), opType: "QuantizeLinear", inputs: [tensor, scale, zeroPoint],
          outputs: [codes], attributes: attributes))
      pairCount += 1
    }
    graph.nodes.append(
      Node(
        name: names.name("\(tensor)_DequantizeLinear"), opType: "DequantizeLinear", inputs: [codes, scale, zeroPoint],
        outputs: [result], attributes: attributes))
    made[key] = result
    return result
  }
}

extension QuantizedNode {
  /// The operands to write: where scales are rounded, biases are none.
  fileprivate func operands(scales: HalfType?) -> [QuantizedOperand] {
    scales == nil ? operands : operands.filter { $0.role != .bias }
  }
}

extension IntegerGrid {
  /// The grid whose scales are numbers of `type`, as far as these are normal there.
  fileprivate func rounded(to type: HalfType?) -> IntegerGrid {
    guard let type else { return self }
    let scales = scales.map { scale in
      let rounded = type.rounded(scale)
      return type.isExactlyNormal(rounded) && rounded.isFinite ? rounded : scale
    }
    return IntegerGrid(scales: scales, zeroPoints: zeroPoints, codes: codes, axis: axis)
  }

  /// Codes as a tensor of integers of 8 bits, those of a bias of 32.
  fileprivate func codes(_ values: [Int32], shape: Shape) -> Tensor {
    guard isByteWide else { return Tensor(values, shape: shape) }
    return isSigned
      ? Tensor(values.map { Int8(truncatingIfNeeded: $0) }, shape: shape)
      : Tensor(values.map { UInt8(truncatingIfNeeded: $0) }, shape: shape)
  }

  /// The codes of a float32 tensor.
  fileprivate func codes(of tensor: Tensor) -> Tensor {
    let inner = axis.map { tensor.shape.dimensions.dropFirst($0 + 1).reduce(1, *) } ?? 1
    let values = tensor.array(of: Float.self)
    let codes = values.indices.map { index in
      code(of: values[index], channel: axis == nil ? 0 : index / inner % scales.count)
    }
    return self.codes(codes, shape: tensor.shape)
  }
}
