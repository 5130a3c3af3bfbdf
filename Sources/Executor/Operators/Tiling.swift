import TensorCore

/// Operators that repeat elements or move blocks of them between axes.
let tiling: [OperatorEntry] = [
  OperatorEntry("Tile", since: 6, Tile.self),
  OperatorEntry("DepthToSpace", since: 1, DepthToSpace.self),
  OperatorEntry("SpaceToDepth", since: 1, SpaceToDepth.self),
  OperatorEntry("Trilu", since: 14, Trilu.self),
  OperatorEntry("CenterCropPad", since: 18, CenterCropPad.self),
]

/// [Tile](https://onnx.ai/onnx/operators/onnx__Tile.html): the input as many times along each axis as input 1 says.
private struct Tile: Operator {
  init(_ node: NodeReader) {}

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    let repeats = try repeats(operands)
    var extents: [Int] = []
    for (extent, count) in zip(x.shape.dimensions, repeats) {
      let (product, overflow) = extent.multipliedReportingOverflow(by: count)
      guard !overflow else { throw OperatorError(operands.node, .tooLarge("\(x.type) repeated \(repeats) times")) }
      extents.append(product)
    }
    return Outputs(TensorType(Shape(extents), x.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let x = try operands.required(0).shape
    let own = x.strides
    var extents: [Int] = [], strides: [Int] = []
    // Each axis is a repetition around the axis itself.
    for (axis, count) in try repeats(operands).enumerated() {
      extents += [count, x[axis]]
      strides += [0, own[axis]]
    }
    return StridedCopyKernel(copy: StridedCopy(shape: Shape(extents), strides: strides))
  }

  private func repeats(_ operands: Operands) throws(OperatorError) -> [Int] {
    let x = try operands.required(0).shape
    guard let repeats = try operands.ints(1) else { throw OperatorError(operands.node, .missingInput(1)) }
    guard repeats.count == x.rank, repeats.allSatisfy({ $0 >= 0 }) else {
      throw OperatorError(operands.node, .input(1, expected: "\(x.rank) counts", found: "\(repeats)"))
    }
    return repeats
  }
}

/// [DepthToSpace](https://onnx.ai/onnx/operators/onnx__DepthToSpace.html): spreads channels over blocks of pixels.
private struct DepthToSpace: Operator {
  enum Mode: String, CaseIterable {
    case depthFirst = "DCR"
    case columnFirst = "CRD"
  }
  let block: Int
  let mode: Mode

  init(_ node: NodeReader) throws(OperatorError) {
    block = try blockSize(node)
    mode = try node.choice("mode", default: .depthFirst)
  }

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    guard x.shape.rank == 4, x.shape[1] % (block * block) == 0 else {
      throw OperatorError(
        operands.node, .input(0, expected: "[N, a multiple of \(block * block), H, W]", found: "\(x.type)"))
    }
    let s = x.shape
    return Outputs(TensorType([s[0], s[1] / (block * block), s[2] * block, s[3] * block], x.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let s = try operands.required(0).shape
    let channels = s[1] / (block * block), plane = s[2] * s[3]
    // The result's axes: N, C, H, block row, W, block column.
    let (channel, row, column) =
      mode == .depthFirst
      ? (plane, block * channels * plane, channels * plane) : (block * block * plane, block * plane, plane)
    return StridedCopyKernel(
      copy: StridedCopy(
        shape: [s[0], channels, s[2], block, s[3], block],
        strides: [s[1] * plane, channel, s[3], row, 1, column]))
  }
}

/// [SpaceToDepth](https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html): gathers blocks of pixels into channels.
private struct SpaceToDepth: Operator {
  let block: Int
  init(_ node: NodeReader) throws(OperatorError) { block = try blockSize(node) }

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    guard x.shape.rank == 4, x.shape[2] % block == 0, x.shape[3] % block == 0 else {
      throw OperatorError(
        operands.node, .input(0, expected: "[N, C, H, W] of multiples of \(block)", found: "\(x.type)"))
    }
    let s = x.shape
    return Outputs(TensorType([s[0], s[1] * block * block, s[2] / block, s[3] / block], x.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let s = try operands.required(0).shape
    let plane = s[2] * s[3]
    // The result's axes: N, block row, block column, C, H, W.
    return StridedCopyKernel(
      copy: StridedCopy(
        shape: [s[0], block, block, s[1], s[2] / block, s[3] / block],
        strides: [s[1] * plane, s[3], 1, plane, block * s[3], block]))
  }
}

private func blockSize(_ node: NodeReader) throws(OperatorError) -> Int {
  guard let block = try node.int("blocksize") else { throw OperatorError(node.label, .missingAttribute("blocksize")) }
  guard (1...(1 << 20)).contains(block) else {
    throw OperatorError(node.label, .attribute("blocksize", expected: "a positive int", found: "\(block)"))
  }
  return block
}

/// [Trilu](https://onnx.ai/onnx/operators/onnx__Trilu.html): keeps the upper or lower triangle of matrices, zeros the rest.
private struct Trilu: Operator, MovingKernel {
  let isUpper: Bool
  init(_ node: NodeReader) throws(OperatorError) { isUpper = try node.flag("upper", default: true) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    guard x.shape.rank >= 2 else {
      throw OperatorError(operands.node, .input(0, expected: "matrices", found: "\(x.type)"))
    }
    return Outputs(x.type)
  }

  func run<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ frame: inout Frame, _ bits: Bits.Type
  ) throws(OperatorError) {
    let shape = try frame.input(0).shape
    let x = try frame.input(0).bits(of: Bits.self), y = frame.outputs[0].bits(of: Bits.self)
    let given = frame.optional(1)?.integers?.first ?? 0
    let columns = shape[shape.rank - 1], rows = shape[shape.rank - 2]
    // Beyond the corners nothing changes, and sums cannot overflow.
    let diagonal = min(max(given, -rows - 1), columns + 1)
    for place in y.indices {
      let column = place % columns, row = place / columns % rows
      let isKept = isUpper ? column - row >= diagonal : column - row <= diagonal
      y[place] = isKept ? x[place] : 0
    }
  }
}

/// [CenterCropPad](https://onnx.ai/onnx/operators/onnx__CenterCropPad.html): crops or pads with zeros around the middle, to the
/// extents of input 1 along `axes`.
private struct CenterCropPad: Operator {
  let axes: [Int]?
  init(_ node: NodeReader) throws(OperatorError) { axes = try node.ints("axes") }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(TensorType(try target(operands), try operands.required(0).type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let x = try operands.required(0).shape, shape = try target(operands)
    let sources = (0..<x.rank).map { axis in
      let extra = shape[axis] - x[axis]
      // Cropping begins at the half rounded down, and so does padding.
      let before = extra >= 0 ? extra / 2 : -((-extra) / 2)
      return (0..<shape[axis]).map { (0..<x[axis]).contains($0 - before) ? $0 - before : -1 }
    }
    return PadKernel(sources: sources, strides: x.strides, attributeValue: nil, hasValueInput: false)
  }

  private func target(_ operands: Operands) throws(OperatorError) -> Shape {
    let x = try operands.required(0).shape
    guard let wanted = try operands.ints(1) else { throw OperatorError(operands.node, .missingInput(1)) }
    var shape = x
    let named = axes ?? Array(0..<x.rank)
    guard wanted.count == named.count, wanted.allSatisfy({ $0 >= 0 && $0 <= 1 << 30 }) else {
      throw OperatorError(operands.node, .input(1, expected: "\(named.count) extents", found: "\(wanted)"))
    }
    for (name, extent) in zip(named, wanted) {
      let axis = try normalizedAxis(name, rank: x.rank, node: operands.node)
      guard axis < x.rank else {
        throw OperatorError(operands.node, .input(0, expected: "at least one axis", found: "\(x)"))
      }
      shape[axis] = extent
    }
    return shape
  }
}
