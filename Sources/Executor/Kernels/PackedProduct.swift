import KernelInterface
import Kernels
import TensorCore

/// `Y = A · B + bias` with a constant `B`: a convolution of a single tap whose pixels are the rows of `A`.
///
/// Each result is its bias plus its products, one by one, so that v4 and v3 agree to the last bit.
struct PackedProduct: EpilogueKernel, PackedKernel {
  private let rows: Int
  private let depth: Int
  private let columns: Int
  /// Whether the result has two axes, so that its channels in the sense of ONNX are its columns.
  private let isMatrix: Bool
  private let matrix: PackedPanels
  private let bias: [Float]
  private let table: KernelTable
  var weights: PackedWeights { matrix.weights }
  var stages = AbsorbedStages()

  /// Where this kernel computes a product of `m` rows, rather than the matrix library.
  ///
  /// The rule knows nothing of the processor, so that each product is added in one order everywhere. A row or two wait for
  /// the memory that `B` comes from, and packing would only hold it twice. From four rows on the kernel takes half the time
  /// of OpenBLAS, which packs `B` anew each time; with many rows it is as fast as OpenBLAS's newest kernels, twice as fast
  /// as those for AVX2, and it runs what follows on its results at once.
  static func suits(m: Int, n: Int, k: Int) -> Bool { m >= 4 && n >= KernelLibrary.leastChannels && k >= 1 }

  /// - Parameters:
  ///   - resultRank: The axes of the result; its last one is `B`'s columns.
  ///   - matrix: `B`, `[K, N]`, or `[N, K]` where `isTransposed`.
  ///   - bias: One per column.
  init(
    rows: Int, resultRank: Int, matrix: Tensor, isTransposed: Bool, bias: [Float]? = nil,
    table: KernelTable = KernelLibrary.current
  ) {
    self.rows = rows
    isMatrix = resultRank == 2
    (depth, columns) = isTransposed ? (matrix.shape[1], matrix.shape[0]) : (matrix.shape[0], matrix.shape[1])
    self.matrix = PackedPanels.shared(matrix, as: .matrix(isTransposed: isTransposed), for: table)
    self.bias = bias ?? Array(repeating: 0, count: columns)
    self.table = table
  }

  /// Columns are channels where the result is a matrix; else only a bias along the last axis is one per column.
  func canAbsorb(_ stages: AbsorbedStages) -> Bool { stages.scale == nil || isMatrix || stages.isBias }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let a = unsafe try frame.input(0).elements(as: Float.self).baseAddress
    let y = unsafe frame.outputs[0].elements(as: Float.self).baseAddress
    guard let a = unsafe a, let y = unsafe y else { return }
    let packed = unsafe UnsafePointer(weights.elements.base.assumingMemoryBound(to: Float.self))
    try stages.withEpilogue(frame) { epilogue in
      unsafe bias.withUnsafeBufferPointer { bias in
        unsafe withUnsafePointer(to: 0) { run in
          guard let bias = bias.baseAddress else { return }
          let task = unsafe ConvolutionTask(
            input: a, inputRowStep: 0, inputPixelStep: depth, runs: run, runCount: 1, runLength: depth,
            weights: packed, bias: bias, output: y, outputPixelStep: columns, outputWidth: rows, outputHeight: 1,
            outputChannels: columns, epilogue: epilogue)
          table.convolve(task)
        }
      }
    }
  }
}
