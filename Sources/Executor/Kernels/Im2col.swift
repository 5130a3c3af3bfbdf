import TensorCore

/// Writes the elements under each window of an image as a column, so that a convolution becomes a matrix product.
struct Im2col: Sendable {
  let depth: WindowGeometry.Axis
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis

  init(_ axes: (depth: WindowGeometry.Axis, height: WindowGeometry.Axis, width: WindowGeometry.Axis)) {
    (depth, height, width) = axes
  }

  var kernelCount: Int { depth.kernel * height.kernel * width.kernel }
  var imageCount: Int { depth.input * height.input * width.input }
  var outputCount: Int { depth.output * height.output * width.output }
  /// Rows of output pixels: one for each depth and height.
  var outputRows: Int { depth.output * height.output }

  /// Writes `channels · kernelCount` rows of `rows.count · width.output` columns.
  func unfold(
    _ image: UnsafePointer<Float>, channels: Int, rows: Range<Int>, into columns: UnsafeMutablePointer<Float>
  ) {
    let rowLength = rows.count * width.output
    var target = unsafe columns
    for channel in 0..<channels {
      let plane = unsafe image + channel * imageCount
      for z in 0..<depth.kernel {
        for y in 0..<height.kernel {
          for x in 0..<width.kernel {
            unsafe unfoldTap(plane, z, y, x, rows, into: target)
            unsafe target += rowLength
          }
        }
      }
    }
  }

  private func unfoldTap(
    _ plane: UnsafePointer<Float>, _ z: Int, _ y: Int, _ x: Int, _ rows: Range<Int>,
    into target: UnsafeMutablePointer<Float>
  ) {
    let inside = width.inside(tap: x)
    var line = unsafe target
    for row in rows {
      let sourceZ = row / height.output * depth.stride + z * depth.dilation - depth.padBegin
      let sourceY = row % height.output * height.stride + y * height.dilation - height.padBegin
      if sourceZ < 0 || sourceZ >= depth.input || sourceY < 0 || sourceY >= height.input {
        unsafe line.update(repeating: 0, count: width.output)
      } else {
        let start = (sourceZ * height.input + sourceY) * width.input + x * width.dilation - width.padBegin
        for i in 0..<inside.lowerBound { unsafe line[i] = 0 }
        if width.stride == 1 {
          unsafe (line + inside.lowerBound).update(from: plane + start + inside.lowerBound, count: inside.count)
        } else {
          for i in inside { unsafe line[i] = plane[start &+ i &* width.stride] }
        }
        for i in inside.upperBound..<width.output { unsafe line[i] = 0 }
      }
      unsafe line += width.output
    }
  }
}
