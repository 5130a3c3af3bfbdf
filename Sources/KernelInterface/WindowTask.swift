/// Windows that slide over one image, channels last, each channel by itself: a depthwise convolution or a pool.
///
/// Taps that fall outside the image are left out.
@safe
package struct WindowTask {
  package struct Axis {
    package var input: Int
    package var output: Int
    package var kernel: Int
    package var stride: Int
    package var dilation: Int
    package var padBegin: Int

    package init(input: Int, output: Int, kernel: Int, stride: Int, dilation: Int, padBegin: Int) {
      self.input = input
      self.output = output
      self.kernel = kernel
      self.stride = stride
      self.dilation = dilation
      self.padBegin = padBegin
    }
  }

  package var input: UnsafePointer<Float>
  package var output: UnsafeMutablePointer<Float>
  /// At least ``KernelTable/lanes``.
  package var channels: Int
  package var height: Axis
  package var width: Axis

  package init(
    input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, channels: Int, height: Axis, width: Axis
  ) {
    unsafe self.input = input
    unsafe self.output = output
    self.channels = channels
    self.height = height
    self.width = width
  }
}
