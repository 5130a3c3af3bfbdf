import TensorCore

/// A convolution as matrix products: weights `[M, C·k]` times unfolded windows `[C·k, pixels]`, for each group.
///
/// The windows are unfolded a few rows at a time, so that the working memory does not grow with the image.
struct MatrixConvolution: Kernel {
  let batch: Int
  let group: Int
  let inputChannels: Int
  let outputChannels: Int
  let columns: Im2col
  /// Whether the image itself is the matrix, with nothing to unfold.
  let isPointwise: Bool

  /// How many floats of unfolded windows fit the second-level cache beside the weights.
  private static let tileCount = 1 << 18

  private var depthOfProduct: Int { inputChannels / group * columns.kernelCount }

  private var rowsPerTile: Int {
    let rowCount = max(depthOfProduct * columns.width.output, 1)
    return min(max(MatrixConvolution.tileCount / rowCount, 1), max(columns.outputRows, 1))
  }

  var scratchByteCount: Int {
    isPointwise ? 0 : depthOfProduct * rowsPerTile * columns.width.output * MemoryLayout<Float>.stride
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = unsafe UnsafePointer(try frame.input(0).elements(as: Float.self).baseAddress)
    let weights = unsafe UnsafePointer(try frame.input(1).elements(as: Float.self).baseAddress)
    let y = unsafe frame.outputs[0].elements(as: Float.self).baseAddress
    guard let x = unsafe x, let weights = unsafe weights, let y = unsafe y else { return }
    let pixels = columns.outputCount
    unsafe fillBias(frame.optional(2), y, pixels: pixels)
    let groupInputs = inputChannels / group, groupOutputs = outputChannels / group
    for item in 0..<batch {
      for part in 0..<group {
        let image = unsafe x + (item * inputChannels + part * groupInputs) * columns.imageCount
        let filter = unsafe weights + part * groupOutputs * depthOfProduct
        let target = unsafe y + (item * outputChannels + part * groupOutputs) * pixels
        if isPointwise {
          unsafe gemm(
            m: groupOutputs, n: pixels, k: depthOfProduct, filter, leadingA: depthOfProduct, image, leadingB: pixels,
            beta: 1, target, leadingC: pixels)
        } else {
          unsafe runTiles(image, groupInputs, filter, groupOutputs, target, frame.scratch)
        }
      }
    }
  }

  private func runTiles(
    _ image: UnsafePointer<Float>, _ inputs: Int, _ filter: UnsafePointer<Float>, _ outputs: Int,
    _ target: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutableRawPointer
  ) {
    let unfolded = unsafe scratch.assumingMemoryBound(to: Float.self)
    let width = columns.width.output, step = rowsPerTile
    for first in stride(from: 0, to: columns.outputRows, by: step) {
      let rows = first..<min(first + step, columns.outputRows)
      unsafe columns.unfold(image, channels: inputs, rows: rows, into: unfolded)
      unsafe gemm(
        m: outputs, n: rows.count * width, k: depthOfProduct, filter, leadingA: depthOfProduct, unfolded,
        leadingB: rows.count * width, beta: 1, target + first * width, leadingC: columns.outputCount)
    }
  }

  /// The products are added to what stands in the output: the bias, or zero.
  private func fillBias(_ bias: Tensor?, _ y: UnsafeMutablePointer<Float>, pixels: Int) {
    let values = unsafe bias?.elements(as: Float.self)
    for item in 0..<batch {
      for channel in 0..<outputChannels {
        unsafe (y + (item * outputChannels + channel) * pixels)
          .update(repeating: values.map { unsafe $0[channel] } ?? 0, count: pixels)
      }
    }
  }
}
