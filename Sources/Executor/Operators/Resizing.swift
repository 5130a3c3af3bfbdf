import TensorCore

/// Operators that resample.
let resizing: [OperatorEntry] = [
  OperatorEntry("Resize", since: 10, Widened<Resize>.self),
  OperatorEntry("Upsample", since: 7, Widened<Resize>.self),
]

/// [Resize](https://onnx.ai/onnx/operators/onnx__Resize.html) and its forerunner
/// [Upsample](https://onnx.ai/onnx/operators/onnx__Upsample.html): resamples every axis whose extent changes.
///
/// The axes are resampled one after the other, each by a table of taps; see ``ResizeTaps``.
struct Resize: Operator {
  let rule: ResizeTaps.Rule
  let scalesAttribute: [Float]?
  let axes: [Int]?
  let keepAspect: ResizeAspect
  /// The positions of the inputs `scales` and `sizes`; the second came with opset 11.
  let scalesInput: Int
  let sizesInput: Int?

  init(_ node: NodeReader) throws(OperatorError) {
    rule = try ResizeTaps.Rule(node)
    scalesAttribute = node.label.opType == "Upsample" && node.opset < 9 ? try node.floats("scales") : nil
    axes = try node.ints("axes")
    keepAspect = try node.choice("keep_aspect_ratio_policy", default: .stretch)
    scalesInput = node.opset >= 11 ? 2 : 1
    sizesInput = node.opset >= 11 ? 3 : nil
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    return Outputs(TensorType(Shape(try targets(operands).map(\.extent)), x.type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let order = try operands.required(0, .float32).shape.order
    return ResizeKernel(passes: try passes(operands, order))
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let x = try operands.required(0, .float32).shape
    let passes = try passes(operands, x.channelsLastOrder)
    // Channels would be resampled after the other axes: another order of sums.
    guard x.rank >= 3, !passes.contains(where: { $0.axis == 1 }) else { return nil }
    return ChannelsLastForm(ResizeKernel(passes: passes), inputs: [0], isPreferred: false)
  }

  /// One for each axis that is resampled.
  ///
  /// - Parameter order: The axes in the order in which the elements lie.
  private func passes(_ operands: Operands, _ order: [Int]) throws(OperatorError) -> [ResizeKernel.Pass] {
    let x = try operands.required(0).shape
    let targets = try targets(operands), regions = try regions(operands)
    var extents = order.map { x[$0] }
    var passes: [ResizeKernel.Pass] = []
    for (place, axis) in order.enumerated() {
      let (extent, scale) = targets[axis]
      if extent == x[axis] && scale == 1 && regions[axis] == nil { continue }
      let taps = ResizeTaps(rule, input: x[axis], output: extent, scale: scale, region: regions[axis])
      let outer = extents.prefix(place).reduce(1, *), inner = extents.dropFirst(place + 1).reduce(1, *)
      passes.append(ResizeKernel.Pass(axis: axis, taps: taps, outer: outer, input: x[axis], inner: inner))
      extents[place] = extent
    }
    return passes
  }

  /// The part of each axis that is resampled; nil where the whole is.
  private func regions(_ operands: Operands) throws(OperatorError) -> [(start: Float, end: Float)?] {
    let x = try operands.required(0).shape
    var regions = [(start: Float, end: Float)?](repeating: nil, count: x.rank)
    guard rule.coordinates == .cropAndResize else { return regions }
    let axes = try namedAxes(x, operands.node)
    guard let given = try operands.floats(1) else { throw OperatorError(operands.node, .missingInput(1)) }
    guard given.count == 2 * axes.count, given.allSatisfy({ abs($0) < 0x1p20 }) else {
      throw OperatorError(operands.node, .input(1, expected: "\(2 * axes.count) starts and ends", found: "\(given)"))
    }
    for (position, axis) in axes.enumerated() { regions[axis] = (given[position], given[axes.count + position]) }
    return regions
  }

  /// The axes that scales and sizes are given for, in their order.
  private func namedAxes(_ x: Shape, _ node: NodeLabel) throws(OperatorError) -> [Int] {
    guard let axes else { return Array(0..<x.rank) }
    _ = try normalizedAxes(axes, rank: x.rank, node: node)
    return axes.map { $0 < 0 ? $0 + x.rank : $0 }
  }

  /// The extent of each axis of the result, and the factor that led to it.
  private func targets(_ operands: Operands) throws(OperatorError) -> [(extent: Int, scale: Float)] {
    let x = try operands.required(0).shape
    let axes = try namedAxes(x, operands.node)
    var result = x.dimensions.map { (extent: $0, scale: Float(1)) }
    if let sizesInput, let sizes = try operands.ints(sizesInput), !sizes.isEmpty {
      guard sizes.count == axes.count, sizes.allSatisfy({ $0 >= 0 && $0 <= 1 << 30 }) else {
        throw OperatorError(operands.node, .input(sizesInput, expected: "\(axes.count) sizes", found: "\(sizes)"))
      }
      let scales = keepAspect.scales(axes.map { x[$0] }, sizes)
      for (position, axis) in axes.enumerated() {
        let extent = keepAspect == .stretch ? sizes[position] : Int((scales[position] * Float(x[axis])).rounded())
        guard x[axis] > 0 || extent == 0 else {
          throw OperatorError(operands.node, .input(0, expected: "elements along axis \(axis)", found: "\(x)"))
        }
        result[axis] = (extent, scales[position])
      }
      return result
    }
    let given = scalesAttribute == nil ? try operands.floats(scalesInput) : scalesAttribute
    guard let scales = given, !scales.isEmpty else {
      throw OperatorError(operands.node, .missingInput(scalesInput))
    }
    guard scales.count == axes.count, scales.allSatisfy({ $0 > 0 && $0 < 0x1p20 }) else {
      throw OperatorError(
        operands.node, .input(scalesInput, expected: "\(axes.count) positive scales", found: "\(scales)"))
    }
    for (position, axis) in axes.enumerated() {
      result[axis] = (Int((Float(x[axis]) * scales[position]).rounded(.down)), scales[position])
    }
    return result
  }
}

/// What becomes of the aspect ratio where sizes are given.
enum ResizeAspect: String, CaseIterable {
  case stretch
  case notLarger = "not_larger"
  case notSmaller = "not_smaller"

  func scales(_ extents: [Int], _ sizes: [Int]) -> [Float] {
    let each = zip(extents, sizes).map { $0 == 0 ? 1 : Float($1) / Float($0) }
    switch self {
    case .stretch: return each
    case .notLarger: return each.map { _ in each.min() ?? 1 }
    case .notSmaller: return each.map { _ in each.max() ?? 1 }
    }
  }
}

private struct ResizeKernel: Kernel {
  struct Pass: Sendable {
    let axis: Int
    let taps: ResizeTaps
    let outer: Int
    let input: Int
    let inner: Int
    /// Where every element is one of the source's: which.
    let copied: [Int]?
    var outputCount: Int { outer * taps.starts.count * inner }

    init(axis: Int, taps: ResizeTaps, outer: Int, input: Int, inner: Int) {
      self.axis = axis
      self.taps = taps
      self.outer = outer
      self.input = input
      self.inner = inner
      let isCopied = taps.positions.count == taps.starts.count && taps.weights.allSatisfy { $0 == 1 }
      copied = isCopied && taps.outside.allSatisfy { $0 == nil } ? taps.positions : nil
    }
  }

  let passes: [Pass]

  /// Two buffers for what stands between passes.
  private var betweenCount: Int { passes.dropLast().map(\.outputCount).max() ?? 0 }
  var scratchByteCount: Int { 2 * betweenCount * MemoryLayout<Float>.stride }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0]
    guard !passes.isEmpty else {
      unsafe y.base.copyMemory(from: x.base, byteCount: x.type.byteCount)
      return
    }
    var source = unsafe UnsafePointer(x.base.assumingMemoryBound(to: Float.self))
    let between = unsafe frame.scratch.assumingMemoryBound(to: Float.self)
    for (index, pass) in passes.enumerated() {
      let isLast = index == passes.count - 1
      let target = unsafe isLast ? y.base.assumingMemoryBound(to: Float.self) : between + (index % 2) * betweenCount
      unsafe ResizeKernel.resample(pass, source, target)
      unsafe source = UnsafePointer(target)
    }
  }

  private static func resample(
    _ pass: Pass, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    for outer in 0..<pass.outer {
      let block = unsafe source + outer * pass.input * pass.inner
      let lines = unsafe target + outer * pass.taps.starts.count * pass.inner
      if let copied = pass.copied {
        unsafe copy(copied, block, pass.inner, lines)
      } else {
        unsafe add(pass.taps, block, pass.inner, lines)
      }
    }
  }

  /// Lines that are each a line of the source.
  private static func copy(
    _ positions: [Int], _ block: UnsafePointer<Float>, _ inner: Int, _ lines: UnsafeMutablePointer<Float>
  ) {
    if inner == 1 {
      for (output, position) in positions.enumerated() { unsafe lines[output] = block[position] }
      return
    }
    for (output, position) in positions.enumerated() {
      unsafe (lines + output * inner).update(from: block + position * inner, count: inner)
    }
  }

  /// Lines that are weighted sums of lines of the source.
  private static func add(
    _ taps: ResizeTaps, _ block: UnsafePointer<Float>, _ inner: Int, _ lines: UnsafeMutablePointer<Float>
  ) {
    for output in 0..<taps.starts.count {
      let line = unsafe lines + output * inner
      unsafe line.update(repeating: taps.outside[output] ?? 0, count: inner)
      for tap in taps.starts[output]..<taps.ends[output] {
        let from = unsafe block + taps.positions[tap] * inner
        let weight = taps.weights[tap]
        if weight == 1 {
          unsafe line.update(from: from, count: inner)
        } else {
          for i in 0..<inner { unsafe line[i] += from[i] * weight }
        }
      }
    }
  }
}
