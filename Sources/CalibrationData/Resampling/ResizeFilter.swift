/// How a resized pixel is made from those of the source.
package enum ResizeFilter: String, Sendable, Hashable, Codable, CaseIterable {
  /// A triangle that widens with the reduction (antialiased), as Pillow's `BILINEAR`.
  case bilinear
  /// Keys' cubic with a = -0.5 that widens with the reduction (antialiased), as Pillow's `BICUBIC`.
  case bicubic
  /// The source pixel under the centre, as Pillow's `NEAREST`.
  case nearest
  /// The four pixels around the centre whatever the reduction (not antialiased), as OpenCV's `INTER_LINEAR`.
  case openCVBilinear = "opencv-bilinear"
}

/// A rectangle of pixels.
package struct PixelWindow: Sendable, Hashable {
  package var x: Int
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}
