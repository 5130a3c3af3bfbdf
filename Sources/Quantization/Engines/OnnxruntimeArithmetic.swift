import ONNX
import TensorCore

/// What onnxruntime computes on a CPU when it has fused a Q/DQ network, after the sources of its kernels (MLAS).
///
/// * `QLinearConv`, `QGemm`: sums of 32 bits, the bias included, become float32, are multiplied by
///   `scale(x) · scale(w) / scale(y)` and rounded to even. Without a quantized result the factor is `scale(x) · scale(w)`.
///   A convolution without a quantized result is not fused.
/// * `QLinearAdd`: `a · rₐ + (b · r_b + (zero(y) − (zero(a) · rₐ + zero(b) · r_b)))`, `r = scale / scale(y)`, each product
///   and the sum behind it in one rounding, but for the innermost product.
/// * `QLinearAveragePool`, `QLinearGlobalAveragePool`: the mean of the codes times `scale(x) / scale(y)`. The order of
///   these roundings is ours.
///
/// Holds on processors with VNNI: on others products of eight bits saturate in pairs.
struct OnnxruntimeArithmetic: EngineArithmetic {
  func write(_ place: Int, _ writer: inout EngineNetworkWriter) -> Bool {
    let node = writer.node(place)
    guard node.domain.isEmpty else { return false }
    switch OperatorRole(node) {
    case .product: return writeProduct(place, &writer)
    case .addition: return writeSum(place, &writer)
    case .average: return writeAverage(place, &writer)
    case .selection, .view: return writer.writeOnCodes(place, self)
    case .other where node.opType == "Concat": return writer.writeConcatOnCodes(place, self)
    case .multiplication, .other: return false
    }
  }

  /// As QuantizeLinear: `x / scale`.
  func quantize(_ value: String, to grid: IntegerGrid, _ writer: inout EngineNetworkWriter) -> CodeValue {
    let scale = writer.constant([grid.scale])
    return CodeValue(name: writer.write("Div", value, [scale]), grid: grid, reading: grid.unit)
  }

  /// The operators before which it moves a QuantizeLinear that stands behind them.
  func passesQuantization(_ node: Node) -> Bool {
    node.domain.isEmpty && ["MaxPool", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice"].contains(node.opType)
  }

  private func writeProduct(_ place: Int, _ writer: inout EngineNetworkWriter) -> Bool {
    let result = writer.result(of: place, self)
    let node = writer.node(place)
    guard result.grid != nil || node.opType != "Conv" else { return false }
    guard let (sums, scales, _) = writer.writeSums(place, withBias: true, self) else { return false }
    guard let grid = result.grid else {
      let factor = writer.constant(scales)
      writer.write("Mul", sums, [factor], to: node.outputs[0])
      return true
    }
    let factor = writer.constant(scales.mapped { $0 / grid.scale })
    let name = writer.write("Mul", sums, [factor])
    writer.hold(result.value, as: CodeValue(name: name, grid: grid, reading: grid.unit))
    if let activation = result.activation { writer.markDone(activation) }
    return true
  }

  private func writeSum(_ place: Int, _ writer: inout EngineNetworkWriter) -> Bool {
    let node = writer.node(place)
    let result = writer.result(of: place, self)
    guard let first = writer.grid(0, of: node), let second = writer.grid(1, of: node), let grid = result.grid else {
      return false
    }
    let a = writer.codes(of: node.inputs[0], on: first, self), b = writer.codes(of: node.inputs[1], on: second, self)
    let ratioA = first.scale / grid.scale, ratioB = second.scale / grid.scale
    let zeroA = Float(first.zeroPoint), zeroB = Float(second.zeroPoint)
    let fixed = Float(grid.zeroPoint) - (ratioB * zeroB).addingProduct(ratioA, zeroA)
    let inner = writer.multiplyAdd(b, factor: ratioB, offset: zeroB, addend: fixed)
    let sum = writer.multiplyAdd(a, factor: ratioA, offset: zeroA, value: inner)
    writer.hold(result.value, as: writer.codes(counted: sum, on: grid))
    if let activation = result.activation { writer.markDone(activation) }
    return true
  }

  private func writeAverage(_ place: Int, _ writer: inout EngineNetworkWriter) -> Bool {
    var node = writer.node(place)
    let result = writer.result(of: place, self)
    guard let input = writer.grid(0, of: node), let grid = result.grid, result.activation == nil else { return false }
    let code = writer.codes(of: node.inputs[0], on: input, self)
    node.inputs[0] = code.name
    node.outputs[0] = writer.fresh(node.outputs[0])
    writer.write(node, reading: [0: code.reading])
    let factor = writer.constant([input.scale / grid.scale])
    let name = writer.write("Mul", node.outputs[0], [factor])
    writer.hold(result.value, as: CodeValue(name: name, grid: grid, reading: grid.unit))
    return true
  }
}

extension Tensor {
  /// The same shape with other float32 numbers.
  func mapped(_ transform: (Float) -> Float) -> Tensor { Tensor(array(of: Float.self).map(transform), shape: shape) }
}
