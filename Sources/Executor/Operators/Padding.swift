import TensorCore

/// Operators that put a border around a tensor.
let padding: [OperatorEntry] = [
  OperatorEntry("Pad", since: 1, Pad.self)
]

/// [Pad](https://onnx.ai/onnx/operators/onnx__Pad.html): a border of a constant, or of mirrored, repeated or wrapped values.
///
/// Negative pads crop. Up to opset 10 the pads and the value are attributes, from 11 on inputs 1 and 2, from 18 on with
/// axes as input 3.
private struct Pad: Operator {
  enum Mode: String, CaseIterable {
    case constant, reflect, edge, wrap
  }

  let mode: Mode
  let attributes: (pads: [Int], value: Float)?

  init(_ node: NodeReader) throws(OperatorError) {
    mode = try node.choice("mode", default: .constant)
    guard node.opset < 11 else {
      attributes = nil
      return
    }
    let oldest = try node.ints("paddings")
    guard let pads = try node.ints("pads") ?? oldest else { throw OperatorError(node.label, .missingAttribute("pads")) }
    attributes = (pads, try node.float("value", default: 0))
  }

  /// A border that is an attribute is rounded with the rest.
  var movesNumbers: Bool { attributes == nil }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0)
    let pads = try pads(operands)
    let extents = x.shape.dimensions.indices.map { x.shape[$0] + pads.begin[$0] + pads.end[$0] }
    guard extents.allSatisfy({ $0 >= 0 }) else {
      throw OperatorError(operands.node, .shape(expected: "pads that leave something of \(x.shape)", found: "\(pads)"))
    }
    return Outputs(TensorType(Shape(extents), x.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    try kernel(operands, try operands.required(0).shape.order)
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let kernel = try kernel(operands, try operands.required(0).shape.channelsLastOrder)
    return ChannelsLastForm(kernel, inputs: [0], isPreferred: false)
  }

  /// - Parameter order: The axes in the order in which the elements lie.
  private func kernel(_ operands: Operands, _ order: [Int]) throws(OperatorError) -> PadKernel {
    let x = try operands.required(0)
    let pads = try pads(operands)
    var sources: [[Int]] = []
    for axis in order {
      let extent = x.shape[axis]
      let positions = (0..<(extent + pads.begin[axis] + pads.end[axis])).map { $0 - pads.begin[axis] }
      if mode != .constant, extent == 0, !positions.isEmpty {
        throw OperatorError(operands.node, .shape(expected: "values to repeat along axis \(axis)", found: "\(x.type)"))
      }
      sources.append(positions.map { source($0, extent) })
    }
    let strides = x.shape.strides(in: order)
    return PadKernel(sources: sources, strides: order.map { strides[$0] }, attributeValue: attributes?.value)
  }

  /// Where the value at `position` comes from: a position on the axis, or -1 for the constant.
  private func source(_ position: Int, _ extent: Int) -> Int {
    if (0..<extent).contains(position) { return position }
    switch mode {
    case .constant: return -1
    case .edge: return position < 0 ? 0 : extent - 1
    case .wrap: return ((position % extent) + extent) % extent
    case .reflect:
      guard extent > 1 else { return 0 }
      let period = 2 * (extent - 1)
      let phase = ((position % period) + period) % period
      return phase < extent ? phase : period - phase
    }
  }

  private func pads(_ operands: Operands) throws(OperatorError) -> (begin: [Int], end: [Int]) {
    let rank = try operands.required(0).shape.rank
    guard let pads = try operands.ints(1, unless: attributes?.pads) else {
      throw OperatorError(operands.node, .missingInput(1))
    }
    let named = attributes == nil ? try operands.ints(3) : nil
    let axes = named ?? Array(0..<rank)
    guard pads.count == 2 * axes.count, pads.allSatisfy({ abs($0) <= 1 << 30 }) else {
      throw OperatorError(operands.node, .shape(expected: "\(2 * axes.count) pads", found: "\(pads)"))
    }
    var begin = Array(repeating: 0, count: rank), end = begin
    for (position, name) in axes.enumerated() {
      let axis = try normalizedAxis(name, rank: rank, node: operands.node)
      guard axis < rank else { continue }
      begin[axis] = pads[position]
      end[axis] = pads[axes.count + position]
    }
    return (begin, end)
  }
}

struct PadKernel: Kernel {
  /// For each axis of the result, the source position of each element; -1 for the constant.
  let sources: [[Int]]
  let strides: [Int]
  let attributeValue: Float?
  /// Whether input 2 is the constant.
  var hasValueInput = true

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    let value = hasValueInput ? frame.optional(2) : nil
    switch x.elementType.byteCount {
    case 1: pad(x, y, constant: bits(value, UInt8.self) ?? 0)
    case 2: pad(x, y, constant: bits(value, UInt16.self) ?? 0)
    case 4: pad(x, y, constant: bits(value, UInt32.self) ?? attributeValue?.bitPattern ?? 0)
    default: pad(x, y, constant: bits(value, UInt64.self) ?? 0)
    }
  }

  private func bits<Bits: BitwiseCopyable>(_ value: Tensor?, _ type: Bits.Type) -> Bits? {
    guard let value, value.count >= 1, value.elementType.byteCount == MemoryLayout<Bits>.size else { return nil }
    return unsafe value.base.loadUnaligned(as: Bits.self)
  }

  private func pad<Element: BitwiseCopyable>(_ x: Tensor, _ y: Tensor, constant: Element) {
    let source = unsafe x.base.assumingMemoryBound(to: Element.self)
    var target = unsafe y.base.assumingMemoryBound(to: Element.self)
    guard !sources.isEmpty else {
      unsafe target[0] = source[0]
      return
    }
    unsafe fill(&target, source, axis: 0, isInside: true, constant: constant)
  }

  private func fill<Element: BitwiseCopyable>(
    _ target: inout UnsafeMutablePointer<Element>, _ source: UnsafePointer<Element>, axis: Int, isInside: Bool,
    constant: Element
  ) {
    let isLast = axis == sources.count - 1
    for position in sources[axis] {
      let inside = isInside && position >= 0
      let next = unsafe inside ? source + position * strides[axis] : source
      if isLast {
        unsafe target.pointee = inside ? next.pointee : constant
        unsafe target += 1
      } else {
        unsafe fill(&target, next, axis: axis + 1, isInside: inside, constant: constant)
      }
    }
  }
}
