import TensorCore

/// Writes the samples of `image` into `tensor` through `table`, in the order that `preprocessing` asks for.
///
/// A picture of one channel fills all channels of the tensor.
func normalise(_ image: Image, table: NormalizationTable, _ preprocessing: Preprocessing, into tensor: Tensor) {
  let channels = preprocessing.channels.count
  let pixels = image.width * image.height
  guard let output = unsafe tensor.elements(as: Float.self).baseAddress else { return }
  unsafe table.values.withUnsafeBufferPointer { values in
    for channel in 0..<channels {
      let source = image.channels == 1 ? 0 : preprocessing.channels == .bgr ? 2 - channel : channel
      guard let row = unsafe values.baseAddress.map({ unsafe $0 + 256 * channel }) else { return }
      var from = unsafe UnsafePointer(image.base + source)
      let step = image.channels
      if preprocessing.layout == .nchw {
        let plane = unsafe output + channel * pixels
        for pixel in 0..<pixels {
          unsafe plane[pixel] = row[Int(from[0])]
          unsafe from += step
        }
      } else {
        var to = unsafe output + channel
        for _ in 0..<pixels {
          unsafe to[0] = row[Int(from[0])]
          unsafe from += step
          unsafe to += channels
        }
      }
    }
  }
}
