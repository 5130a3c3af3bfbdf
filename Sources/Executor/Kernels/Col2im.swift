import TensorCore

/// Adds columns back to the places of an image that ``Im2col`` would take them from.
///
/// The axes are those of windows over the image: `input` is the image's extent, `output` the number of windows.
struct Col2im: Sendable {
  let depth: WindowGeometry.Axis
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis

  init(_ axes: (depth: WindowGeometry.Axis, height: WindowGeometry.Axis, width: WindowGeometry.Axis)) {
    (depth, height, width) = axes
  }

  var kernelCount: Int { depth.kernel * height.kernel * width.kernel }
  var imageCount: Int { depth.input * height.input * width.input }
  var windowCount: Int { depth.output * height.output * width.output }

  /// Adds `channels · kernelCount` rows of `windowCount` columns to `channels` planes.
  func fold(_ columns: UnsafePointer<Float>, channels: Int, into image: UnsafeMutablePointer<Float>) {
    var source = unsafe columns
    for channel in 0..<channels {
      let plane = unsafe image + channel * imageCount
      for z in 0..<depth.kernel {
        for y in 0..<height.kernel {
          for x in 0..<width.kernel {
            unsafe foldTap(source, z, y, x, into: plane)
            unsafe source += windowCount
          }
        }
      }
    }
  }

  private func foldTap(
    _ source: UnsafePointer<Float>, _ z: Int, _ y: Int, _ x: Int, into plane: UnsafeMutablePointer<Float>
  ) {
    let inside = width.inside(tap: x)
    for windowZ in depth.inside(tap: z) {
      let imageZ = windowZ * depth.stride + z * depth.dilation - depth.padBegin
      for windowY in height.inside(tap: y) {
        let imageY = windowY * height.stride + y * height.dilation - height.padBegin
        let row = unsafe source + (windowZ * height.output + windowY) * width.output
        let line = unsafe plane + (imageZ * height.input + imageY) * width.input
        let shift = x * width.dilation - width.padBegin
        for windowX in inside { unsafe line[windowX &* width.stride &+ shift] += row[windowX] }
      }
    }
  }
}
