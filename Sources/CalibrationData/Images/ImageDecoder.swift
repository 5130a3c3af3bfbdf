/// Decodes image files, whatever they are called, by what they begin with.
package final class ImageDecoder {
  private let jpeg = JPEGDecoder()

  package init() {}

  /// Decodes the JPEG or PNG file in `bytes` into `image`: 1 channel for greyscale files, 3 (RGB) for all others.
  ///
  /// - Parameter place: How messages call the file.
  package func decode(_ bytes: UnsafeBufferPointer<UInt8>, into image: Image, place: String) throws(DataError) {
    if unsafe JPEGDecoder.recognises(bytes) {
      try unsafe jpeg.decode(bytes, into: image, place: place)
    } else if unsafe PNGDecoder.recognises(bytes) {
      try unsafe PNGDecoder.decode(bytes, into: image, place: place)
    } else if bytes.isEmpty {
      throw DataError(place, .empty)
    } else {
      throw DataError(place, unsafe .unknownFormat(expected: "a JPEG or PNG image", firstBytes: Array(bytes.prefix(4))))
    }
  }
}
