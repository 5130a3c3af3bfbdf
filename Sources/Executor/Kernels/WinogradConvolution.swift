import KernelInterface
import Kernels
import TensorCore

/// A 3×3 convolution of channels-last images by Winograd's F(2×2, 3×3): 16 products for each four results, where the
/// direct sum has 36. See ``WinogradTask``.
///
/// Its results are as near to the exact ones as the direct sum's, but not the same bits. A window with an infinity or NaN
/// would spoil results that the convolution itself does not take it into: an image whose results are not all finite is
/// computed directly.
struct WinogradConvolution: PackedKernel {
  private let direct: DirectConvolution
  private let filters: PackedPanels
  private let padded: PaddedImage
  private let tileColumns: Int
  private let tileRows: Int
  /// Rows of tiles that go through the transform together.
  private let blockRows: Int
  private let planeSteps: (input: Int, output: Int)
  /// For the products, which have no bias.
  private let zeros: [Float]

  /// So many tiles fill the kernels' register tiles, and their planes stay in the second-level cache.
  private static let blockTiles = 100

  /// Nil where the direct sum is the only way, or the quicker one.
  ///
  /// The rule knows nothing of the processor, so that each result is computed in one way everywhere.
  init?(_ direct: DirectConvolution) {
    let height = direct.height, width = direct.width
    tileRows = (height.output + 1) / 2
    tileColumns = (width.output + 1) / 2
    guard direct.group == 1, direct.stages.rounding == .none,
      [height, width].allSatisfy({ $0.kernel == 3 && $0.stride == 1 && $0.dilation == 1 }),
      Self.pays(inputs: direct.inputChannels, outputs: direct.outputChannels, tiles: tileRows * tileColumns)
    else { return nil }
    self.direct = direct
    let blocks = (tileRows * tileColumns + Self.blockTiles - 1) / Self.blockTiles
    blockRows = (tileRows + blocks - 1) / blocks
    padded = PaddedImage(
      height: height, width: width, channels: direct.inputChannels, columns: 2 * tileColumns + 2)
    planeSteps = (
      Self.planeStep(blockRows * tileColumns * direct.inputChannels),
      Self.planeStep(blockRows * tileColumns * direct.outputChannels)
    )
    filters = PackedPanels.shared(direct.filters.source, as: .winograd, for: direct.table)
    zeros = Array(repeating: 0, count: direct.outputChannels)
  }

  private static func pays(inputs: Int, outputs: Int, tiles: Int) -> Bool {
    guard min(inputs, outputs) >= KernelLibrary.leastChannels, tiles >= 16 else { return false }
    // A tile saves 20 products for each pair of channels; the transforms cost something for each channel.
    guard inputs * outputs >= 12 * (inputs + outputs) else { return false }
    // The transformed filters take 16 numbers for 9: where few tiles use them, and they do not stay in a cache, reading
    // them costs what the products save.
    return tiles >= 36 || inputs * outputs <= 128 * 128
  }

  /// Room for `count` floats, and such a step that the planes' lines do not all fall on the same places of a cache.
  private static func planeStep(_ count: Int) -> Int { (count + 15) / 16 * 16 + 16 }

  var weights: PackedWeights { filters.weights }

  private var paddedCount: Int { (2 * blockRows + 2) * padded.rowLength }

  var scratchByteCount: Int {
    let count = paddedCount + WinogradTask.planeCount * (planeSteps.input + planeSteps.output)
    return max(count * MemoryLayout<Float>.stride, direct.scratchByteCount)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    try direct.forEachImage(&frame) { image in
      if !transform(image) { direct.convolve(image) }
    }
  }

  /// Answers whether all results are finite; where not, they are to be computed again.
  private func transform(_ image: DirectConvolution.Image) -> Bool {
    let inputs = direct.inputChannels, outputs = direct.outputChannels, width = direct.width.output
    let paddedRows = unsafe image.scratch.assumingMemoryBound(to: Float.self)
    let windows = unsafe paddedRows + paddedCount
    let products = unsafe windows + WinogradTask.planeCount * planeSteps.input
    let weights = unsafe UnsafePointer(weights.elements.base.assumingMemoryBound(to: Float.self))
    let weightStep = self.weights.elements.byteCount / MemoryLayout<Float>.stride / WinogradTask.planeCount
    for first in stride(from: 0, to: tileRows, by: blockRows) {
      let tileRows = min(blockRows, self.tileRows - first)
      let resultRows = min(2 * tileRows, direct.height.output - 2 * first)
      unsafe padded.copy(2 * first..<2 * (first + tileRows) + 2, of: image.input, into: paddedRows)
      let input = unsafe WinogradTask(
        image: paddedRows, rowStep: padded.rowLength, channels: inputs, resultRows: resultRows, resultColumns: width,
        planes: windows, planeStep: planeSteps.input)
      direct.table.winogradInput(input)
      unsafe multiply(tiles: input.tiles, windows, weights, weightStep, products)
      let results = unsafe image.output + 2 * first * width * outputs
      let output = unsafe WinogradTask(
        image: results, rowStep: width * outputs, channels: outputs, resultRows: resultRows, resultColumns: width,
        planes: products, planeStep: planeSteps.output)
      let isFinite = unsafe direct.bias.withUnsafeBufferPointer { bias in
        unsafe bias.baseAddress.map { unsafe direct.table.winogradOutput(output, $0) } ?? true
      }
      guard isFinite else { return false }
      guard !image.epilogue.isEmpty else { continue }
      var epilogue = image.epilogue
      unsafe epilogue.residual = unsafe epilogue.residual.map { unsafe $0 + 2 * first * width * outputs }
      unsafe direct.table.finish(results, resultRows * width, outputs, epilogue)
    }
    return true
  }

  /// For each plane the product of `tiles` transformed windows and the transformed filters.
  private func multiply(
    tiles: Int, _ windows: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ weightStep: Int,
    _ products: UnsafeMutablePointer<Float>
  ) {
    let inputs = direct.inputChannels, outputs = direct.outputChannels
    unsafe zeros.withUnsafeBufferPointer { zeros in
      unsafe withUnsafePointer(to: 0) { run in
        guard let zeros = zeros.baseAddress else { return }
        for plane in 0..<WinogradTask.planeCount {
          var task = unsafe ConvolutionTask(
            input: windows + plane * planeSteps.input, inputRowStep: 0, inputPixelStep: inputs, runs: run, runCount: 1,
            runLength: inputs, weights: weights + plane * weightStep, bias: zeros,
            output: products + plane * planeSteps.output, outputPixelStep: outputs, outputWidth: tiles, outputHeight: 1,
            outputChannels: outputs, epilogue: Epilogue())
          task.weightsGoOn = plane + 1 < WinogradTask.planeCount
          direct.table.convolve(task)
        }
      }
    }
  }
}
