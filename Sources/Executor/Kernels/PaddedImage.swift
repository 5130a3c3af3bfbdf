/// An image, channels last, in a frame of zeros.
struct PaddedImage: Sendable {
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis
  let channels: Int
  /// Pixels to a row, the frame's included; at least ``WindowGeometry/Axis/padBegin`` and the image.
  let columns: Int

  /// Floats to a row.
  var rowLength: Int { columns * channels }

  /// Writes the framed image's rows `rows`, counted from the frame's first, one behind the other. Behind the image they are
  /// zeros without end.
  func copy(_ rows: Range<Int>, of image: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    let imageLength = width.input * channels
    let left = width.padBegin * channels, right = rowLength - left - imageLength
    var line = unsafe target
    for row in rows {
      let y = row - height.padBegin
      if (0..<height.input).contains(y) {
        unsafe line.update(repeating: 0, count: left)
        unsafe (line + left).update(from: image + y * imageLength, count: imageLength)
        unsafe (line + (left + imageLength)).update(repeating: 0, count: right)
      } else {
        unsafe line.update(repeating: 0, count: rowLength)
      }
      unsafe line += rowLength
    }
  }
}
