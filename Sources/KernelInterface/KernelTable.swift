/// The kernels that were compiled for one set of instructions.
///
/// All wide code is reached through these closures: nothing else of such a module may be called, for a processor
/// without the instructions would stop at the first.
@safe
package struct KernelTable: Sendable {
  /// `x86-64-v4`, `x86-64-v3`, or `baseline`.
  package let name: String
  /// Floats per vector.
  package let lanes: Int
  /// The widest panel of a convolution, in vectors.
  package let panelVectors: Int
  package let convolve: @Sendable (ConvolutionTask) -> Void
  /// `weights` holds the taps row by row, for each one float per channel; `bias` one per channel.
  package let depthwise:
    @Sendable (WindowTask, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, Epilogue) -> Void
  /// The transform of windows before the products, and that of the products to results, each plus its channel's bias. The
  /// second answers whether all results are finite.
  package let winogradInput: @Sendable (WinogradTask) -> Void
  package let winogradOutput: @Sendable (WinogradTask, _ bias: UnsafePointer<Float>) -> Bool
  package let maxPool: @Sendable (WindowTask) -> Void
  /// `paddedHeight` and `paddedWidth`: how far along each axis elements count for the mean, padding included.
  package let averagePool: @Sendable (WindowTask, _ paddedHeight: Int?, _ paddedWidth: Int?) -> Void
  /// The mean of `pixels` pixels, for each of `channels` channels.
  package let globalAverage:
    @Sendable (
      _ input: UnsafePointer<Float>, _ pixels: Int, _ channels: Int, _ output: UnsafeMutablePointer<Float>
    ) -> Void
  /// Applies the epilogue to `count` pixels of `channels` channels where they lie.
  package let finish: @Sendable (_ values: UnsafeMutablePointer<Float>, _ count: Int, _ channels: Int, Epilogue) -> Void
  /// Where each of a block of values is counted.
  package let placeBins: @Sendable (BinTask) -> BinScan
  /// Writes those of `count` numbers that are `limit` or more to `above` and the others, NaN among them, to `below`, and
  /// answers how many went to `above`; where that is none, it writes nothing. Both need room for `count` numbers and a
  /// vector more.
  package let part:
    @Sendable (
      _ values: UnsafePointer<Float>, _ count: Int, _ limit: Float, _ below: UnsafeMutablePointer<Float>,
      _ above: UnsafeMutablePointer<Float>
    ) -> Int
  /// `y = eˣ`, the error function, and `y = 1 / (1 + e⁻ˣ)`, of `count` elements; `y` may be `x`.
  package let exponential: ElementFunction
  package let errorFunction: ElementFunction
  package let logistic: ElementFunction
  /// Writes `count` elements of `x`, rounded, to `y`, which may be `x`.
  package let round:
    @Sendable (_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, ValueRounding) -> Void
  /// Softmax of each of `lines` lines of `count` elements, where they lie.
  package let softmax: @Sendable (_ values: UnsafeMutablePointer<Float>, _ lines: Int, _ count: Int) -> Void
  /// Runs so many rounds of ``operationsPerRound`` multiplications and additions in registers, to measure how fast that is.
  package let multiplyAdd: @Sendable (_ rounds: Int, _ x: Float, _ y: Float) -> Float
  package let operationsPerRound: Int

  package typealias ElementFunction =
    @Sendable (_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) -> Void

  package init(
    name: String, lanes: Int, panelVectors: Int, convolve: @escaping @Sendable (ConvolutionTask) -> Void,
    depthwise:
      @escaping @Sendable (WindowTask, UnsafePointer<Float>, UnsafePointer<Float>, Epilogue) -> Void,
    winogradInput: @escaping @Sendable (WinogradTask) -> Void,
    winogradOutput: @escaping @Sendable (WinogradTask, UnsafePointer<Float>) -> Bool,
    maxPool: @escaping @Sendable (WindowTask) -> Void,
    averagePool: @escaping @Sendable (WindowTask, Int?, Int?) -> Void,
    globalAverage: @escaping @Sendable (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void,
    finish: @escaping @Sendable (UnsafeMutablePointer<Float>, Int, Int, Epilogue) -> Void,
    placeBins: @escaping @Sendable (BinTask) -> BinScan,
    part:
      @escaping @Sendable (
        UnsafePointer<Float>, Int, Float, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
      ) -> Int,
    exponential: @escaping ElementFunction, errorFunction: @escaping ElementFunction,
    logistic: @escaping ElementFunction,
    round: @escaping @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, ValueRounding) -> Void,
    softmax: @escaping @Sendable (UnsafeMutablePointer<Float>, Int, Int) -> Void,
    multiplyAdd: @escaping @Sendable (Int, Float, Float) -> Float, operationsPerRound: Int
  ) {
    self.name = name
    self.lanes = lanes
    self.panelVectors = panelVectors
    self.convolve = convolve
    unsafe self.depthwise = unsafe depthwise
    self.winogradInput = winogradInput
    unsafe self.winogradOutput = unsafe winogradOutput
    self.maxPool = maxPool
    self.averagePool = averagePool
    unsafe self.globalAverage = unsafe globalAverage
    unsafe self.finish = unsafe finish
    self.placeBins = placeBins
    unsafe self.part = unsafe part
    unsafe self.exponential = unsafe exponential
    unsafe self.errorFunction = unsafe errorFunction
    unsafe self.logistic = unsafe logistic
    unsafe self.round = unsafe round
    unsafe self.softmax = unsafe softmax
    self.multiplyAdd = multiplyAdd
    self.operationsPerRound = operationsPerRound
  }
}
