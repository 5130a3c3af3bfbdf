import Kernels
import TensorCore

/// Operators that reduce a window of an image to one value.
let pools: [OperatorEntry] = [
  OperatorEntry("MaxPool", since: 1, MaxPool.self),
  OperatorEntry("AveragePool", since: 1, Widened<AveragePool>.self),
  OperatorEntry("GlobalAveragePool", since: 1, Widened<GlobalPool<Mean>>.self),
  OperatorEntry("GlobalMaxPool", since: 1, Widened<GlobalPool<Maximum>>.self),
]

/// [MaxPool](https://onnx.ai/onnx/operators/onnx__MaxPool.html): the largest value under each window of `[N, C, …]`.
///
/// Padding never wins. A window that holds a NaN yields NaN. The optional second output, the position of each maximum
/// in the flattened input, is of type int64.
struct MaxPool: Operator {
  let window: WindowAttributes
  let columnMajorIndices: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    window = try WindowAttributes(node)
    columnMajorIndices = try node.flag("storage_order")
  }

  var movesNumbers: Bool { true }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (x, geometry) = try resolvePool(operands, window)
    let shape = Shape(Array(x.dimensions.prefix(2)) + geometry.output)
    let type = TensorType(shape, try operands.number(0).type.elementType)
    guard operands.outputCount > 1 else { return Outputs(type) }
    return Outputs(types: [type, TensorType(shape, .int64)])
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (x, geometry) = try resolvePool(operands, window)
    guard let axes = geometry.threeAxes else { throw tooManyAxes(operands, x) }
    return MaxPoolKernel(
      planes: x[0] * x[1], depth: axes.depth, height: axes.height, width: axes.width,
      columnMajorIndices: columnMajorIndices)
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let (x, geometry) = try resolvePool(operands, window)
    guard operands.outputCount == 1, try operands.number(0).type.elementType == .float32,
      let windows = ChannelsLastWindows(x, geometry)
    else { return nil }
    return ChannelsLastForm(ChannelsLastMaxPool(windows: windows), inputs: [0], isPreferred: false)
  }
}

/// [AveragePool](https://onnx.ai/onnx/operators/onnx__AveragePool.html): the mean under each window of `[N, C, …]`.
///
/// The mean is over the window's elements on the image, or with `count_include_pad` over those on image and padding.
struct AveragePool: Operator {
  let window: WindowAttributes
  let includePadding: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    window = try WindowAttributes(node)
    includePadding = try node.flag("count_include_pad")
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (x, geometry) = try resolvePool(operands, window)
    _ = try operands.required(0, .float32)
    return Outputs(TensorType(Shape(Array(x.dimensions.prefix(2)) + geometry.output)))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (x, geometry) = try resolvePool(operands, window)
    guard let axes = geometry.threeAxes else { throw tooManyAxes(operands, x) }
    return AveragePoolKernel(
      planes: x[0] * x[1], depth: axes.depth, height: axes.height, width: axes.width, includePadding: includePadding)
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let (x, geometry) = try resolvePool(operands, window)
    guard let windows = ChannelsLastWindows(x, geometry) else { return nil }
    let kernel = ChannelsLastAveragePool(windows: windows, includePadding: includePadding)
    return ChannelsLastForm(kernel, inputs: [0], isPreferred: false)
  }
}

func resolvePool(
  _ operands: Operands, _ window: WindowAttributes
) throws(OperatorError) -> (Shape, WindowGeometry) {
  let x = try operands.number(0).shape
  guard x.rank >= 3 else { throw tooManyAxes(operands, x) }
  guard let kernel = window.kernel else { throw OperatorError(operands.node, .missingAttribute("kernel_shape")) }
  let geometry = try window.geometry(input: Array(x.dimensions.dropFirst(2)), kernel: kernel, node: operands.node)
  return (x, geometry)
}

func tooManyAxes(_ operands: Operands, _ x: Shape) -> OperatorError {
  OperatorError(operands.node, .input(0, expected: "[N, C, …] with one to three spatial axes", found: "\(x)"))
}

/// [GlobalAveragePool](https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html) and
/// [GlobalMaxPool](https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html): one value per channel of `[N, C, …]`.
struct GlobalPool<Rule: PlaneReduction>: Operator, Kernel {
  init(_ node: NodeReader) {}

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32).shape
    guard x.rank >= 2, x.dimensions.dropFirst(2).allSatisfy({ $0 > 0 }) else {
      throw OperatorError(operands.node, .input(0, expected: "[N, C, …] that is not empty", found: "\(x)"))
    }
    return Outputs(TensorType(Shape(x.dimensions.prefix(2) + Array(repeating: 1, count: x.rank - 2))))
  }

  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    let x = try operands.required(0, .float32).shape
    guard Rule.isMean, x.rank >= 3, x[1] >= KernelLibrary.leastChannels else { return nil }
    let kernel = ChannelsLastGlobalAverage(
      batch: x[0], channels: x[1], pixels: x.dimensions.dropFirst(2).reduce(1, *))
    return ChannelsLastForm(kernel, inputs: [0], isPreferred: false)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = unsafe try frame.input(0).elements(as: Float.self)
    let y = unsafe frame.outputs[0].elements(as: Float.self)
    let plane = y.isEmpty ? 0 : x.count / y.count
    for i in y.indices { unsafe y[i] = Rule.reduce(UnsafeBufferPointer(rebasing: x[(i * plane)..<((i + 1) * plane)])) }
  }
}

/// What a global pool makes of one channel.
protocol PlaneReduction: Sendable {
  /// Whether it is the mean, for which there is code for channels-last images.
  static var isMean: Bool { get }
  static func reduce(_ plane: UnsafeBufferPointer<Float>) -> Float
}

enum Mean: PlaneReduction {
  static var isMean: Bool { true }
  static func reduce(_ plane: UnsafeBufferPointer<Float>) -> Float { unsafe sum(plane) / Float(plane.count) }
}

enum Maximum: PlaneReduction {
  static var isMean: Bool { false }
  static func reduce(_ plane: UnsafeBufferPointer<Float>) -> Float {
    var largest = -Float.infinity
    for i in plane.indices {
      let value = unsafe plane[i]
      if value > largest || value.isNaN { largest = value }
    }
    return largest
  }
}
