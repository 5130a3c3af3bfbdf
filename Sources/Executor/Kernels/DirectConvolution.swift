import KernelInterface
import Kernels
import TensorCore

/// A convolution of channels-last images without unfolding; see ``ConvolutionTask``.
struct DirectConvolution: EpilogueKernel, PackedKernel {
  let batch: Int
  let group: Int
  let inputChannels: Int
  let outputChannels: Int
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis
  private let runs: [Int]
  private let runLength: Int
  let filters: PackedPanels
  let bias: [Float]
  let table: KernelTable
  var stages = AbsorbedStages()

  /// - Parameters:
  ///   - filters: Packed for the same group and table.
  ///   - bias: One per output channel.
  init(
    batch: Int, group: Int, inputChannels: Int, outputChannels: Int, height: WindowGeometry.Axis,
    width: WindowGeometry.Axis, filters: PackedPanels, bias: [Float], table: KernelTable = KernelLibrary.current
  ) {
    self.batch = batch
    self.group = group
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.height = height
    self.width = width
    self.table = table
    let inputs = inputChannels / group
    let rowLength =
      DirectConvolution.needsPadding(height, width) ? width.padded * inputChannels : width.input * inputChannels
    // A row of taps is one stretch of memory where neither other groups nor a dilation lie between.
    let isDense = group == 1 && width.dilation == 1
    runLength = isDense ? width.kernel * inputs : inputs
    runs = (0..<height.kernel).flatMap { y in
      (0..<(isDense ? 1 : width.kernel)).map { x in
        y * height.dilation * rowLength + x * width.dilation * inputChannels
      }
    }
    self.filters = filters
    // Where a group has fewer channels than a vector, the vector's other lanes read bias that is not used.
    self.bias = bias + Array(repeating: 0, count: table.lanes)
  }

  var weights: PackedWeights { filters.weights }

  private static func needsPadding(_ height: WindowGeometry.Axis, _ width: WindowGeometry.Axis) -> Bool {
    height.padded > height.input || width.padded > width.input
  }

  private var padded: PaddedImage {
    PaddedImage(height: height, width: width, channels: inputChannels, columns: width.padded)
  }
  private var isPadded: Bool { DirectConvolution.needsPadding(height, width) }
  private var pixels: Int { height.output * width.output }
  private var isNarrow: Bool { outputChannels / group < table.lanes }
  private var paddedCount: Int { isPadded ? height.padded * width.padded * inputChannels : 0 }

  /// Whole vectors, so that what follows is aligned.
  private var paddedByteCount: Int {
    (paddedCount * MemoryLayout<Float>.stride + TensorBuffer.alignment - 1) / TensorBuffer.alignment
      * TensorBuffer.alignment
  }

  var scratchByteCount: Int {
    paddedByteCount + (isNarrow ? pixels * table.lanes * MemoryLayout<Float>.stride : 0)
  }

  func canAbsorb(_ stages: AbsorbedStages) -> Bool { !isNarrow }

  /// What a run does with one image of the batch.
  @safe
  struct Image {
    let input: UnsafePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let epilogue: Epilogue
    let scratch: UnsafeMutableRawPointer
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    try forEachImage(&frame) { convolve($0) }
  }

  func forEachImage(_ frame: inout Frame, _ body: (Image) -> Void) throws(OperatorError) {
    let x = unsafe try frame.input(0).elements(as: Float.self).baseAddress
    let y = unsafe frame.outputs[0].elements(as: Float.self).baseAddress
    guard let x = unsafe x, let y = unsafe y, pixels > 0 else { return }
    let scratch = unsafe frame.scratch
    let imageCount = height.input * width.input * inputChannels, resultCount = pixels * outputChannels
    try stages.withEpilogue(frame) { epilogue in
      for item in 0..<batch {
        var part = epilogue
        if let residual = unsafe epilogue.residual { unsafe part.residual = unsafe residual + item * resultCount }
        unsafe body(
          Image(input: x + item * imageCount, output: y + item * resultCount, epilogue: part, scratch: scratch))
      }
    }
  }

  func convolve(_ image: Image) {
    let framed = unsafe image.scratch.assumingMemoryBound(to: Float.self)
    let narrow = unsafe (image.scratch + paddedByteCount).assumingMemoryBound(to: Float.self)
    if isPadded { unsafe padded.copy(0..<height.padded, of: image.input, into: framed) }
    unsafe convolve(isPadded ? UnsafePointer(framed) : image.input, image.output, image.epilogue, narrow)
  }

  private func convolve(
    _ image: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>, _ epilogue: Epilogue,
    _ narrow: UnsafeMutablePointer<Float>
  ) {
    let inputs = inputChannels / group, outputs = outputChannels / group
    let rowLength = (isPadded ? width.padded : width.input) * inputChannels
    let packed = weights.elements
    let groupWeights = packed.byteCount / MemoryLayout<Float>.stride / group
    let weights = unsafe UnsafePointer(packed.base.assumingMemoryBound(to: Float.self))
    unsafe bias.withUnsafeBufferPointer { bias in
      unsafe runs.withUnsafeBufferPointer { runs in
        guard let bias = bias.baseAddress, let offsets = runs.baseAddress else { return }
        for part in 0..<group {
          let task = unsafe ConvolutionTask(
            input: image + part * inputs, inputRowStep: height.stride * rowLength,
            inputPixelStep: width.stride * inputChannels, runs: offsets, runCount: runs.count, runLength: runLength,
            weights: weights + part * groupWeights, bias: bias + part * outputs,
            output: isNarrow ? narrow : result + part * outputs,
            outputPixelStep: isNarrow ? table.lanes : outputChannels, outputWidth: width.output,
            outputHeight: height.output, outputChannels: max(outputs, table.lanes),
            epilogue: epilogue.shifted(by: part * outputs))
          table.convolve(task)
          if isNarrow { unsafe compact(narrow, into: result + part * outputs, outputs) }
        }
      }
    }
  }

  /// Takes the channels that there are out of whole vectors.
  private func compact(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ channels: Int
  ) {
    for pixel in 0..<pixels {
      for channel in 0..<channels {
        unsafe target[pixel &* outputChannels &+ channel] = source[pixel &* table.lanes &+ channel]
      }
    }
  }
}

extension WindowGeometry.Axis {
  /// The extent with padding on both sides.
  var padded: Int { padBegin + input + padEnd }
}
