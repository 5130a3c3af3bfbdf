import KernelInterface
import Kernels
import TensorCore

/// A depthwise convolution of channels-last images, one output channel per input channel.
struct ChannelsLastDepthwise: EpilogueKernel {
  let windows: ChannelsLastWindows
  private let weights: [Float]
  private let bias: [Float]
  var stages = AbsorbedStages()

  /// - Parameter weights: `[C, 1, …]`, row-major.
  init(_ windows: ChannelsLastWindows, weights: [Float], bias: [Float]) {
    self.windows = windows
    let taps = windows.height.kernel * windows.width.kernel, channels = windows.channels
    self.weights = (0..<(taps * channels)).map { weights[$0 % channels * taps + $0 / channels] }
    self.bias = bias
  }

  func canAbsorb(_ stages: AbsorbedStages) -> Bool { true }

  func run(_ frame: inout Frame) throws(OperatorError) {
    try stages.withEpilogue(frame) { epilogue in
      unsafe weights.withUnsafeBufferPointer { weights in
        unsafe bias.withUnsafeBufferPointer { bias in
          guard let weights = weights.baseAddress, let bias = bias.baseAddress else { return }
          windows.forEachImage(frame) { item, task in
            var part = epilogue
            if let residual = unsafe epilogue.residual {
              unsafe part.residual = unsafe residual + item * windows.outputCount
            }
            unsafe windows.table.depthwise(task, weights, bias, part)
          }
        }
      }
    }
  }
}

/// The largest value under each window of channels-last images; see ``MaxPool``.
struct ChannelsLastMaxPool: Kernel {
  let windows: ChannelsLastWindows
  func run(_ frame: inout Frame) { windows.forEachImage(frame) { windows.table.maxPool($1) } }
}

/// The mean under each window of channels-last images; see ``AveragePool``.
struct ChannelsLastAveragePool: Kernel {
  let windows: ChannelsLastWindows
  let includePadding: Bool

  func run(_ frame: inout Frame) {
    let height = windows.height, width = windows.width
    windows.forEachImage(frame) { _, task in
      windows.table.averagePool(
        task, includePadding ? height.input + height.padEnd : nil, includePadding ? width.input + width.padEnd : nil)
    }
  }
}

/// The mean of each channel of channels-last images.
struct ChannelsLastGlobalAverage: Kernel {
  let batch: Int
  let channels: Int
  let pixels: Int
  let table = KernelLibrary.current

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = unsafe try frame.input(0).elements(as: Float.self).baseAddress
    let y = unsafe frame.outputs[0].elements(as: Float.self).baseAddress
    guard let x = unsafe x, let y = unsafe y else { return }
    for item in 0..<batch {
      unsafe table.globalAverage(x + item * pixels * channels, pixels, channels, y + item * channels)
    }
  }
}

/// Where the windows of a kernel lie that treats each channel by itself.
struct ChannelsLastWindows: Sendable {
  let batch: Int
  let channels: Int
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis
  let table: KernelTable

  /// Nil where there is no code: for three spatial axes, and for fewer channels than a vector holds.
  init?(_ x: Shape, _ geometry: WindowGeometry, table: KernelTable = KernelLibrary.current) {
    guard geometry.axes.count <= 2, let axes = geometry.threeAxes, x[1] >= KernelLibrary.leastChannels else {
      return nil
    }
    batch = x[0]
    channels = x[1]
    height = axes.height
    width = axes.width
    self.table = table
  }

  var outputCount: Int { height.output * width.output * channels }

  func forEachImage(_ frame: Frame, _ body: (Int, WindowTask) -> Void) {
    guard let input = frame.optional(0), let x = unsafe input.elements(as: Float.self).baseAddress,
      let y = unsafe frame.outputs[0].elements(as: Float.self).baseAddress
    else { return }
    for item in 0..<batch {
      let task = unsafe WindowTask(
        input: x + item * height.input * width.input * channels, output: y + item * outputCount, channels: channels,
        height: height.task, width: width.task)
      body(item, task)
    }
  }
}

extension WindowGeometry.Axis {
  /// As the kernels take it.
  fileprivate var task: WindowTask.Axis {
    WindowTask.Axis(
      input: input, output: output, kernel: kernel, stride: stride, dilation: dilation, padBegin: padBegin)
  }
}
