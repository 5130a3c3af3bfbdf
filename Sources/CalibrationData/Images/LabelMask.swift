import TensorCore

/// The numbers that a file gives the pixels of a picture: their classes.
package struct LabelMask: Sendable, Hashable {
  package let height: Int
  package let width: Int
  /// `height · width` numbers, rows from the top; nil where ``fitted(to:place:)`` put a border around the picture.
  package let values: [Int32?]

  /// Reads a PNG file (a palette's places, or grey of at most 8 bits) or an `.npy` array of integers `[H, W]`.
  ///
  /// - Parameter name: How messages call the file.
  /// - Throws: `DataError` for a file that is missing or of another kind, or whose numbers do not fit 32 bits.
  package init(contentsOf path: String, name: String) throws(DataError) {
    if path.pathExtension == "npy" {
      let array = try StoredArray(npyAt: path, place: name)
      var extents = array.shape.dimensions
      while extents.count > 2, extents.first == 1 { extents.removeFirst() }
      guard extents.count == 2, extents.allSatisfy({ $0 > 0 }), let numbers = try array.tensor().integers else {
        throw DataError(
          name,
          .malformed(
            format: "classes", expected: "integers [H, W]", found: "\(array.elementType) \(array.shape)"))
      }
      (height, width) = (extents[0], extents[1])
      values = numbers.map { Int32(clamping: $0) }
      return
    }
    let file = ByteBuffer(), image = Image()
    do {
      try RandomAccessFile(path: path).readAll(into: file)
    } catch {
      throw DataError(name, error.reason)
    }
    guard unsafe PNGDecoder.recognises(file.bytes) else {
      throw DataError(
        name, unsafe .unknownFormat(expected: "a PNG of classes", firstBytes: Array(file.bytes.prefix(4))))
    }
    try unsafe PNGDecoder.decodeNumbers(file.bytes, into: image, place: name)
    (height, width) = (image.height, image.width)
    values = image.samples.map(Int32.init)
  }

  private init(height: Int, width: Int, values: [Int32?]) {
    self.height = height
    self.width = width
    self.values = values
  }

  /// The mask of the picture after resizing and cropping: each pixel takes the number under its centre, and a
  /// letterbox's border has none.
  package func fitted(to preprocessing: Preprocessing, place: String) throws(DataError) -> LabelMask {
    let geometry = try ResizeGeometry(preprocessing, imageWidth: width, imageHeight: height, place: place)
    let output = geometry.output, window = geometry.window
    var fitted = [Int32?](repeating: nil, count: output.height * output.width)
    for y in 0..<window.height {
      let row = (2 * (window.y + y) + 1) * height / (2 * geometry.height) * width
      let target = (geometry.top + y) * output.width + geometry.left
      for x in 0..<window.width {
        fitted[target + x] = values[row + (2 * (window.x + x) + 1) * width / (2 * geometry.width)]
      }
    }
    return LabelMask(height: output.height, width: output.width, values: fitted)
  }
}
