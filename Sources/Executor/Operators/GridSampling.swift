import TensorCore

/// Operators that sample images at computed places.
let gridSampling: [OperatorEntry] = [
  OperatorEntry("GridSample", since: 16, Widened<GridSample>.self),
  OperatorEntry("AffineGrid", since: 20, Widened<AffineGrid>.self),
]

/// [GridSample](https://onnx.ai/onnx/operators/onnx__GridSample.html): values of `[N, C, …]` at the places of a grid
/// `[N, …, axes]`, whose last axis names the innermost axis of the image first and runs from -1 to 1.
struct GridSample: Operator, Kernel {
  enum Mode: String, CaseIterable {
    case linear, nearest, cubic
    /// As the first versions called them.
    case bilinear, bicubic
  }
  enum Padding: String, CaseIterable {
    case zeros, border, reflection
  }
  let mode: Mode
  let padding: Padding
  let alignsCorners: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    mode = try node.choice("mode", default: .linear)
    padding = try node.choice("padding_mode", default: .zeros)
    alignsCorners = try node.flag("align_corners")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32).shape, grid = try operands.required(1, .float32).shape
    guard x.rank >= 3, grid.rank == x.rank, grid[0] == x[0], grid[grid.rank - 1] == x.rank - 2 else {
      throw OperatorError(operands.node, .input(1, expected: "[\(x[0]), …, \(x.rank - 2)] for \(x)", found: "\(grid)"))
    }
    return Outputs(TensorType(Shape(Array(x.dimensions.prefix(2)) + Array(grid.dimensions[1..<(grid.rank - 1)]))))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), grid = try frame.input(1).values(of: Float.self)
    let y = frame.outputs[0].values(of: Float.self)
    let extents = Array(x.shape.dimensions.dropFirst(2)), channels = x.shape[1]
    let plane = extents.reduce(1, *), places = frame.outputs[0].shape.dimensions.dropFirst(2).reduce(1, *)
    guard plane > 0 else { return y.fill(0) }
    var taps = GridTaps()
    for item in 0..<x.shape[0] {
      let image = x.values(of: Float.self).from(item * channels * plane)
      for place in 0..<places {
        let point = grid.from((item * places + place) * extents.count)
        taps.reset()
        for (axis, extent) in extents.enumerated() {
          addTaps(point[extents.count - 1 - axis], extent, to: &taps)
        }
        for channel in 0..<channels {
          y[(item * channels + channel) * places + place] = taps.sum(image.from(channel * plane))
        }
      }
    }
  }

  /// Adds the elements of an axis that make the value at `coordinate`; those that do not count weigh nothing.
  private func addTaps(_ coordinate: Float, _ extent: Int, to taps: inout GridTaps) {
    let length = Float(extent)
    let low: Float = alignsCorners ? 0 : -0.5, high = alignsCorners ? length - 1 : length - 0.5
    var position = alignsCorners ? (coordinate + 1) / 2 * (length - 1) : ((coordinate + 1) * length - 1) / 2
    if mode == .nearest { position = position.rounded(.toNearestOrEven) }
    if position < low || position > high {
      switch padding {
      case .zeros: break
      case .border: position = clipped(position, 0, length - 1)
      case .reflection: position = GridSample.reflected(position, low, high)
      }
    }
    // Also stops NaN, and what no `Int` holds.
    guard position > -16, position < length + 16 else { return taps.extend(by: extent, 0, 0) { _ in (0, 0) } }
    let first = position.rounded(.down), t = position - first, start = Int(first)
    switch mode {
    case .nearest: taps.extend(by: extent, 0, 0) { _ in tap(Int(position), 1, extent, low, high) }
    case .linear, .bilinear:
      taps.extend(by: extent, 0, 1) { tap(start + $0, $0 == 0 ? 1 - t : t, extent, low, high) }
    case .cubic, .bicubic:
      taps.extend(by: extent, -1, 2) { tap(start + $0, GridSample.cubic(abs(t - Float($0))), extent, low, high) }
    }
  }

  private func tap(
    _ index: Int, _ weight: Float, _ extent: Int, _ low: Float, _ high: Float
  ) -> (offset: Int, weight: Float) {
    if (0..<extent).contains(index) { return (index, weight) }
    switch padding {
    case .zeros: return (0, 0)
    case .border: return (min(max(index, 0), extent - 1), weight)
    case .reflection:
      let position = GridSample.reflected(Float(index), low, high)
      return (min(max(Int(position), 0), extent - 1), weight)
    }
  }

  /// Folds `x` back and forth between two borders.
  private static func reflected(_ x: Float, _ low: Float, _ high: Float) -> Float {
    let range = high - low
    guard range > 0, x.isFinite else { return 0 }
    let distance = x < low ? low - x : x - high
    guard distance > 0 else { return x }
    let turns = (distance / range).rounded(.down), rest = distance - turns * range
    let isEven = turns.truncatingRemainder(dividingBy: 2) == 0
    return (x < low) == isEven ? low + rest : high - rest
  }

  /// Keys' kernel (1981) with parameter -0.75.
  private static func cubic(_ distance: Float) -> Float {
    let a: Float = -0.75
    if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
    return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0
  }
}

/// Every combination of the taps of each axis, in memory that is kept from place to place.
private struct GridTaps {
  private var offsets: [Int] = [0]
  private var weights: [Float] = [1]
  private var nextOffsets: [Int] = []
  private var nextWeights: [Float] = []

  mutating func reset() {
    offsets.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    offsets.append(0)
    weights.append(1)
  }

  /// Takes one more axis in, of the taps that `tap` gives for `first` to `last`.
  @inline(__always)
  mutating func extend(by extent: Int, _ first: Int, _ last: Int, _ tap: (Int) -> (offset: Int, weight: Float)) {
    nextOffsets.removeAll(keepingCapacity: true)
    nextWeights.removeAll(keepingCapacity: true)
    for number in first...last {
      let own = tap(number)
      // What weighs nothing is not looked at: it may be an infinity.
      if own.weight == 0 { continue }
      for i in offsets.indices {
        nextOffsets.append(offsets[i] * extent + own.offset)
        nextWeights.append(weights[i] * own.weight)
      }
    }
    swap(&offsets, &nextOffsets)
    swap(&weights, &nextWeights)
  }

  func sum(_ plane: Elements<Float>) -> Float {
    var sum: Float = 0
    for i in offsets.indices { sum += weights[i] * plane[offsets[i]] }
    return sum
  }
}

/// [AffineGrid](https://onnx.ai/onnx/operators/onnx__AffineGrid.html): the places that ``GridSample`` must look at to apply the
/// linear maps `theta` of `[N, 2, 3]` or `[N, 3, 4]`.
struct AffineGrid: Operator, Kernel {
  let alignsCorners: Bool
  init(_ node: NodeReader) throws(OperatorError) { alignsCorners = try node.flag("align_corners") }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let theta = try operands.required(0, .float32).shape
    guard let size = try operands.ints(1) else { throw OperatorError(operands.node, .missingInput(1)) }
    let axes = size.count - 2
    guard axes == 2 || axes == 3, theta == [size[0], axes, axes + 1], size.allSatisfy({ $0 >= 0 }) else {
      throw OperatorError(
        operands.node, .input(0, expected: "[N, 2, 3] or [N, 3, 4] for the size \(size)", found: "\(theta)"))
    }
    return Outputs(TensorType(Shape([size[0]] + size.dropFirst(2) + [axes])))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let theta = try frame.input(0).values(of: Float.self), output = frame.outputs[0]
    let y = output.values(of: Float.self)
    let axes = output.shape[output.shape.rank - 1]
    let extents = Array(output.shape.dimensions[1...axes]), places = extents.reduce(1, *)
    for item in 0..<output.shape[0] {
      let map = theta.from(item * axes * (axes + 1))
      for place in 0..<places {
        var rest = place, point: [Float] = []
        // The innermost axis comes first.
        for extent in extents.reversed() {
          let index = Float(rest % extent), length = Float(extent)
          rest /= extent
          point.append(
            alignsCorners ? (extent > 1 ? 2 * index / (length - 1) - 1 : 0) : (2 * index + 1) / length - 1)
        }
        for row in 0..<axes {
          var sum = map[row * (axes + 1) + axes]
          for axis in 0..<axes { sum += map[row * (axes + 1) + axis] * point[axis] }
          y[(item * places + place) * axes + row] = sum
        }
      }
    }
  }
}
