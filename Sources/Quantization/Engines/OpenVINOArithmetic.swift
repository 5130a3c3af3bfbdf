import ONNX
import TensorCore

/// What OpenVINO's CPU plugin computes of a Q/DQ network, found by comparing with it and after the sources of its
/// FakeQuantize.
///
/// * Q/DQ pairs become FakeQuantize over `low = −zero · scale … high = (255 − zero) · scale`. Within a convolution's
///   kernel that is `round(x · a + b)` in one rounding before the last, `a = 255 / (high − low)`,
///   `b = −low · 255 / (high − low)`; with the zero point 0 `x · (1 / (1 / a))`. An operator of its own rounds `x · a`
///   first and adds `−low · a`.
/// * Convolutions and products: `sum · (scale(x) · scale(w)) + bias`, two roundings, whether the result is quantized or not.
/// * HardSwish, written out behind a convolution, runs in its kernel: `v · clip(v · (1 / 6) + 0.5, 0, 1)`. A factor and an
///   addend behind it become part of the range that is quantized: `(low − addend) / factor … (high − addend) / factor`.
/// * A residual sum is added in units of the codes of its quantized operand:
///   `((conv − zero · scale) · (1 / scale) + code)`, and quantized over `low / scale … high / scale`.
struct OpenVINOArithmetic: EngineArithmetic {
  func write(_ place: Int, _ writer: inout EngineNetworkWriter) -> Bool {
    let node = writer.node(place)
    guard node.domain.isEmpty else { return false }
    switch OperatorRole(node) {
    case .product: return writeProduct(place, &writer)
    case .addition: return writeSum(place, &writer)
    case .selection, .view: return writer.writeOnCodes(place, self)
    case .other where node.opType == "Concat": return writer.writeConcatOnCodes(place, self)
    case .average, .multiplication, .other: return false
    }
  }

  func quantize(_ value: String, to grid: IntegerGrid, _ writer: inout EngineNetworkWriter) -> CodeValue {
    let range = QuantizedRange(grid)
    let factor = writer.constant([range.factor])
    let scaled = writer.write("Mul", value, [factor])
    guard grid.zeroPoint != 0 else { return writer.codes(counted: scaled, on: grid) }
    let shift = writer.constant([-range.low * range.factor])
    return writer.codes(counted: writer.write("Add", scaled, [shift]), on: grid)
  }

  func passesQuantization(_ node: Node) -> Bool {
    switch OperatorRole(node) {
    case .view, .selection: true
    default: node.domain.isEmpty && node.opType == "Concat"
    }
  }

  private func writeProduct(_ place: Int, _ writer: inout EngineNetworkWriter) -> Bool {
    let result = writer.result(of: place, self)
    let swish = writer.hardSwish(behind: writer.node(place).outputs[0], self)
    guard let (sums, scales, bias) = writer.writeSums(place, withBias: false, self) else { return false }
    let factor = writer.constant(scales)
    let isNumber = result.grid == nil && swish == nil
    let output = writer.node(place).outputs[0]
    var value = writer.write("Mul", sums, [factor], to: isNumber && bias == nil ? output : nil)
    if let bias {
      let shift = writer.constant(bias)
      value = writer.write("Add", value, [shift], to: isNumber ? output : nil)
    }
    if let (swish, grid) = swish {
      write(swish, of: value, on: grid, &writer)
    } else if let grid = result.grid {
      finish(value, result, range: QuantizedRange(grid), grid, &writer)
    }
    return true
  }

  private func write(
    _ swish: HardSwish, of value: String, on grid: IntegerGrid, _ writer: inout EngineNetworkWriter
  ) {
    let (sixth, half) = (writer.constant([1 / 6]), writer.constant([0.5]))
    let scaled = writer.write("Mul", value, [sixth])
    let (least, greatest) = (writer.constant([0]), writer.constant([1]))
    let gate = writer.write("Clip", writer.write("Add", scaled, [half]), [least, greatest])
    let result = KernelResult(value: swish.value, grid: grid, activation: nil)
    let range = QuantizedRange(grid, factor: swish.factor, addend: swish.addend)
    finish(writer.write("Mul", value, [gate]), result, range: range, grid, &writer)
    for place in swish.places { writer.markDone(place) }
  }

  /// Quantizes within a kernel.
  private func finish(
    _ value: String, _ result: KernelResult, range: QuantizedRange, _ grid: IntegerGrid,
    _ writer: inout EngineNetworkWriter
  ) {
    let counted: String
    if range.low == 0 {
      let factor = writer.constant([1 / (1 / range.factor)])
      counted = writer.write("Mul", value, [factor])
    } else {
      let number = CodeValue(name: value, grid: grid, reading: nil)
      counted = writer.multiplyAdd(number, factor: range.factor, addend: range.shift)
    }
    writer.hold(result.value, as: writer.codes(counted: counted, on: grid))
    if let activation = result.activation { writer.markDone(activation) }
  }

  private func writeSum(_ place: Int, _ writer: inout EngineNetworkWriter) -> Bool {
    let node = writer.node(place)
    guard let quantized = [0, 1].first(where: { writer.grid($0, of: node) != nil }),
      let residual = writer.grid(quantized, of: node), writer.codes(of: node.inputs[1 - quantized]) == nil
    else { return false }
    let result = writer.result(of: place, self)
    let code = writer.codes(of: node.inputs[quantized], on: residual, self)
    var value = writer.number(node.inputs[1 - quantized])
    let zero = Float(residual.zeroPoint)
    if zero != 0 {
      let shift = writer.constant([-(zero * residual.scale)])
      value = writer.write("Add", value, [shift])
    }
    let inverse = writer.constant([1 / residual.scale])
    value = writer.write("Mul", value, [inverse])
    let sum = writer.multiplyAdd(code, factor: 1, offset: zero, value: value)
    guard let grid = result.grid else {
      let scale = writer.constant([residual.scale])
      writer.write("Mul", sum, [scale], to: node.outputs[0])
      return true
    }
    finish(sum, result, range: QuantizedRange(grid, in: residual.scale), grid, &writer)
    return true
  }
}

/// What FakeQuantize maps to the codes of a grid.
private struct QuantizedRange {
  let low: Float
  let high: Float
  private let steps: Float

  /// - Parameter unit: What the values are counted in.
  init(_ grid: IntegerGrid, in unit: Float = 1) {
    low = grid.leastValue / unit
    high = grid.greatestValue / unit
    steps = Float(grid.codes.upperBound - grid.codes.lowerBound)
  }

  /// Of values that are multiplied by `factor` and added to `addend` first.
  init(_ grid: IntegerGrid, factor: Float, addend: Float) {
    low = (grid.leastValue - addend) / factor
    high = (grid.greatestValue - addend) / factor
    steps = Float(grid.codes.upperBound - grid.codes.lowerBound)
  }

  var factor: Float { steps / (high - low) }
  var shift: Float { -low * steps / (high - low) }
}
