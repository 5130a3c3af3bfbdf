/// One convolution of one image, channels last, as the kernels take it. Every extent and step counts floats.
///
/// The window of an output pixel is a number of runs: stretches of input that meet consecutive weights. Padding stands
/// in the input as zeros; `input` is where the first run of the first output pixel's window would begin with offset 0.
@safe
package struct ConvolutionTask {
  package var input: UnsafePointer<Float>
  /// How far the windows of two output pixels one below the other lie apart.
  package var inputRowStep: Int
  /// How far the windows of two output pixels side by side lie apart.
  package var inputPixelStep: Int
  /// Where each run begins, seen from the window.
  package var runs: UnsafePointer<Int>
  package var runCount: Int
  package var runLength: Int
  /// As ``PanelLayout`` orders them.
  package var weights: UnsafePointer<Float>
  /// Whether the weights that are needed next lie behind these.
  package var weightsGoOn = false
  /// One per output channel.
  package var bias: UnsafePointer<Float>
  /// Rows follow each other without a gap.
  package var output: UnsafeMutablePointer<Float>
  package var outputPixelStep: Int
  package var outputWidth: Int
  package var outputHeight: Int
  /// At least ``KernelTable/lanes``.
  package var outputChannels: Int
  package var epilogue: Epilogue

  package init(
    input: UnsafePointer<Float>, inputRowStep: Int, inputPixelStep: Int, runs: UnsafePointer<Int>, runCount: Int,
    runLength: Int, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    outputPixelStep: Int, outputWidth: Int, outputHeight: Int, outputChannels: Int, epilogue: Epilogue
  ) {
    unsafe self.input = input
    self.inputRowStep = inputRowStep
    self.inputPixelStep = inputPixelStep
    unsafe self.runs = runs
    self.runCount = runCount
    self.runLength = runLength
    unsafe self.weights = weights
    unsafe self.bias = bias
    unsafe self.output = output
    self.outputPixelStep = outputPixelStep
    self.outputWidth = outputWidth
    self.outputHeight = outputHeight
    self.outputChannels = outputChannels
    self.epilogue = epilogue
  }
}

/// What is done to a result while it is still in the fastest cache, in this order:
/// `y = round(clip(x · scale[c] + shift[c] + residual))`, without what is nil.
///
/// Product and sums are rounded one by one, so that the bits are those of as many passes over the tensor.
@safe
package struct Epilogue {
  /// One per output channel; nil together with `shift`.
  package var scale: UnsafePointer<Float>?
  package var shift: UnsafePointer<Float>?
  /// Lies as the output does, in other memory.
  package var residual: UnsafePointer<Float>?
  package var lower: Float = -.infinity
  package var upper: Float = .infinity
  package var rounding = ValueRounding.none

  package init() {
    unsafe scale = nil
    unsafe shift = nil
    unsafe residual = nil
  }

  /// Whether there is nothing to do.
  package var isEmpty: Bool {
    unsafe scale == nil && residual == nil && lower == -.infinity && upper == .infinity && rounding == .none
  }
}
