import TensorCore

/// Operators between real numbers and their integer codes.
let quantization: [OperatorEntry] = [
  OperatorEntry("QuantizeLinear", since: 10, QuantizeLinear.self),
  OperatorEntry("DequantizeLinear", since: 10, DequantizeLinear.self),
  OperatorEntry("DynamicQuantizeLinear", since: 11, DynamicQuantizeLinear.self),
]

/// Which scale and zero point each element has: one for all, one per slice of an axis, or one per block of slices.
struct QuantizationGrid: Sendable {
  /// How many elements, and how many scales, lie behind the axis.
  let inner: Int
  let extent: Int
  /// How many slices share a scale along the axis.
  let block: Int
  let scaleExtent: Int

  /// - Parameter blockSize: 0 where there are no blocks.
  init(
    _ x: Shape, scale: Shape, axis: Int, blockSize: Int, input: Int, node: NodeLabel
  ) throws(OperatorError) {
    if scale.count == 1, scale.rank <= 1, blockSize == 0 {
      (inner, extent, block, scaleExtent) = (max(x.count, 1), 1, 1, 1)
      return
    }
    let axis = try normalizedAxis(axis, rank: x.rank, node: node)
    inner = x.dimensions.dropFirst(axis + 1).reduce(1, *)
    extent = x.rank == 0 ? 1 : x[axis]
    guard blockSize == 0 else {
      var expected = x
      expected[axis] = (extent + blockSize - 1) / blockSize
      guard scale == expected else {
        throw OperatorError(node, .input(input, expected: "\(expected)", found: "\(scale)"))
      }
      block = blockSize
      scaleExtent = scale[axis]
      return
    }
    guard scale == [extent] else {
      throw OperatorError(node, .input(input, expected: "a scalar or [\(extent)]", found: "\(scale)"))
    }
    (block, scaleExtent) = (1, 0)
  }

  /// Calls `body` with each run of elements that share a scale.
  @inline(__always)
  func forEachRun(count: Int, _ body: (_ start: Int, _ count: Int, _ scale: Int) -> Void) {
    guard inner > 0, extent > 0 else { return }
    for outer in 0..<(count / (inner * extent)) {
      for position in 0..<extent {
        let start = (outer * extent + position) * inner
        // Without blocks the scales are one list, of one element or of one per slice.
        if scaleExtent <= 1, block == 1 {
          body(start, inner, scaleExtent == 1 ? 0 : position)
        } else {
          let first = (outer * scaleExtent + position / block) * inner
          for i in 0..<inner { body(start + i, 1, first + i) }
        }
      }
    }
  }
}

/// The attributes that both directions share.
private struct QuantizationAttributes: Sendable {
  let axis: Int
  let blockSize: Int

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: 1)
    blockSize = try node.int("block_size", default: 0)
    guard blockSize >= 0, blockSize <= 1 << 40 else {
      throw OperatorError(node.label, .attribute("block_size", expected: "at least 0", found: "\(blockSize)"))
    }
  }

  /// Whether one scale holds for all: then the order of the elements does not matter.
  func isElementwise(_ operands: Operands) throws(OperatorError) -> Bool {
    let scale = try operands.real(1).shape
    return blockSize == 0 && scale.rank == 0
  }

  func grid(_ operands: Operands) throws(OperatorError) -> QuantizationGrid {
    let scale = try operands.real(1).shape
    if let zeroPoint = operands[optional: 2], zeroPoint.shape.count != scale.count {
      throw OperatorError(operands.node, .input(2, expected: "as many as scales, \(scale)", found: "\(zeroPoint.type)"))
    }
    return try QuantizationGrid(
      try operands.required(0).shape, scale: scale, axis: axis, blockSize: blockSize, input: 1, node: operands.node)
  }
}

/// [QuantizeLinear](https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html): `y = saturate(round(x / scale) + zero_point)`,
/// ties to even.
///
/// One scale for all, one per slice along `axis`, or one per block of slices. NaN becomes the zero point.
private struct QuantizeLinear: Operator {
  let attributes: QuantizationAttributes
  let outputType: ElementType?

  init(_ node: NodeReader) throws(OperatorError) {
    attributes = try QuantizationAttributes(node)
    outputType = try node.int("output_dtype", default: 0) == 0 ? nil : node.elementType("output_dtype")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.number(0)
    let type = operands[optional: 2]?.type.elementType ?? outputType ?? .uint8
    guard type.isInteger else {
      throw OperatorError(operands.node, .input(2, expected: "integers", found: "\(type)"))
    }
    _ = try attributes.grid(operands)
    return Outputs(TensorType(x.shape, type))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    QuantizeKernel(grid: try attributes.grid(operands))
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    try attributes.isElementwise(operands) ? .elementwise(kernel(for: operands)) : nil
  }
}

private struct QuantizeKernel: Kernel {
  let grid: QuantizationGrid

  func run(_ frame: inout Frame) throws(OperatorError) {
    let y = frame.outputs[0]
    switch y.elementType {
    case .int8: try run(&frame, Int8.self)
    case .uint8: try run(&frame, UInt8.self)
    case .int16: try run(&frame, Int16.self)
    case .uint16: try run(&frame, UInt16.self)
    case .int32: try run(&frame, Int32.self)
    case .uint32: try run(&frame, UInt32.self)
    default: throw OperatorError(frame.node, .input(2, expected: "integers of up to 32 bits", found: "\(y.type)"))
    }
  }

  private func run<Code: FixedWidthInteger & TensorElement>(
    _ frame: inout Frame, _ type: Code.Type
  ) throws(OperatorError) {
    let input = try frame.input(0), scaleInput = try frame.input(1)
    let x = input.elementType == .float32 ? input : input.converted(to: .float32)
    let scale = scaleInput.elementType == .float32 ? scaleInput : scaleInput.converted(to: .float32)
    let zeroPoint = frame.optional(2)?.values(of: Code.self), y = frame.outputs[0].values(of: Code.self)
    let values = x.values(of: Float.self), scales = scale.values(of: Float.self)
    withExtendedLifetime((x, scale)) {
      grid.forEachRun(count: y.count) { start, count, index in
        let divisor = scales[index], zero = zeroPoint.map { Double($0[index]) } ?? 0
        for i in start..<(start + count) { y[i] = code(values[i], divisor, zero) }
      }
    }
  }

  @inline(__always)
  private func code<Code: FixedWidthInteger>(_ x: Float, _ scale: Float, _ zero: Double) -> Code {
    let rounded = Double((x / scale).rounded(.toNearestOrEven)) + zero
    guard !rounded.isNaN else { return Code(truncatingIfNeeded: Int(zero)) }
    if rounded <= Double(Code.min) { return .min }
    return rounded >= Double(Code.max) ? .max : Code(rounded)
  }
}

/// [DequantizeLinear](https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html): `y = (x - zero_point) · scale`, in the type of
/// the scale; scales as in ``QuantizeLinear``.
private struct DequantizeLinear: Operator {
  let attributes: QuantizationAttributes
  let outputType: ElementType?

  init(_ node: NodeReader) throws(OperatorError) {
    attributes = try QuantizationAttributes(node)
    outputType = try node.int("output_dtype", default: 0) == 0 ? nil : node.elementType("output_dtype")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.integer(0), scale = try operands.real(1)
    if operands[optional: 2] != nil { _ = try operands.required(2, like: 0) }
    _ = try attributes.grid(operands)
    let type = outputType ?? scale.type.elementType
    guard type.isFloatingPoint else {
      throw OperatorError(operands.node, .attribute("output_dtype", expected: "a type of floats", found: "\(type)"))
    }
    return Outputs(TensorType(x.shape, type))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    DequantizeKernel(grid: try attributes.grid(operands))
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    try attributes.isElementwise(operands) ? .elementwise(kernel(for: operands)) : nil
  }
}

private struct DequantizeKernel: IntegerKernel {
  let grid: QuantizationGrid

  func run<Element: NumberElement & FixedWidthInteger>(
    _ frame: inout Frame, _ type: Element.Type
  ) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), zeroPoint = frame.optional(2)?.values(of: Element.self)
    let given = try frame.input(1), output = frame.outputs[0]
    let scale = given.elementType == .float32 ? given : given.converted(to: .float32)
    let target = output.elementType == .float32 ? output : Tensor(uninitialized: TensorType(output.shape))
    let y = target.values(of: Float.self), scales = scale.values(of: Float.self)
    withExtendedLifetime((scale, target)) {
      grid.forEachRun(count: y.count) { start, count, index in
        let factor = scales[index], zero = zeroPoint.map { Int64(truncatingIfNeeded: $0[index]) } ?? 0
        for i in start..<(start + count) { y[i] = Float(Int64(truncatingIfNeeded: x[i]) &- zero) * factor }
      }
      if !target.sharesStorage(with: output) { convert(target, to: output) }
    }
  }
}

/// [DynamicQuantizeLinear](https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html): codes of 8 bits, with the scale and
/// zero point that the values themselves call for, zero included.
///
/// NaN takes no part in the range and becomes the zero point.
private struct DynamicQuantizeLinear: Operator, Kernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    return Outputs(types: [TensorType(x.shape, .uint8), TensorType([]), TensorType([], .uint8)])
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: UInt8.self)
    var lowest: Float = 0, highest: Float = 0
    for i in x.indices {
      if x[i] < lowest { lowest = x[i] }
      if x[i] > highest { highest = x[i] }
    }
    let scale = (highest - lowest) / 255
    let zero = scale > 0 ? nearestCode(-lowest, scale: scale, in: 0...255) : 0
    for i in y.indices {
      let code = scale > 0 ? nearestCode(x[i], scale: scale, in: -zero...(255 - zero)) + zero : 0
      y[i] = UInt8(truncatingIfNeeded: code)
    }
    if frame.outputs.count > 1 { frame.outputs[1].values(of: Float.self)[0] = scale }
    if frame.outputs.count > 2 { frame.outputs[2].values(of: UInt8.self)[0] = UInt8(truncatingIfNeeded: zero) }
  }
}
