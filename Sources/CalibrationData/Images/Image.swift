/// A picture of 8-bit samples, rows from the top, pixels from the left, channels innermost (H, W, C).
///
/// Its memory grows and is used again for the next picture. Not for several threads; each worker has its own.
@safe
package final class Image {
  package private(set) var width = 0
  package private(set) var height = 0
  /// 1 for grey, 3 for red, green, blue in this order.
  package private(set) var channels = 1
  /// The first sample. It stays valid until ``reshape(width:height:channels:)``.
  @usableFromInline package private(set) var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int

  /// How many samples a picture may have in each channel: the number from which Pillow, too, refuses.
  package static let pixelLimit = 178_956_970

  /// How many pixels a side may have: libpng's own limit.
  package static let sideLimit = 1_000_000

  /// How many bytes after the last sample may be read, so that vector loads need no special last pixel.
  static let slack = 64

  package init() {
    capacity = Self.slack
    unsafe base = .allocate(capacity: capacity)
    unsafe base.initialize(repeating: 0, count: capacity)
  }

  deinit { unsafe base.deallocate() }

  /// Gives the picture another size. Its samples are undefined after that.
  package func reshape(width: Int, height: Int, channels: Int) {
    precondition(width > 0 && height > 0 && (channels == 1 || channels == 3), "an image has pixels of 1 or 3 channels")
    self.width = width
    self.height = height
    self.channels = channels
    let needed = width * height * channels + Self.slack
    if needed > capacity {
      unsafe base.deallocate()
      capacity = needed + needed / 4
      unsafe base = .allocate(capacity: capacity)
      unsafe base.initialize(repeating: 0, count: capacity)
    }
  }

  /// How many samples there are, all channels together.
  package var count: Int { width * height * channels }

  /// The distance in bytes between two rows.
  package var rowBytes: Int { width * channels }

  /// A copy of the samples.
  package var samples: [UInt8] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Checks a size that a file states.
  ///
  /// - Throws: `malformed` for an empty picture, `tooLarge` for one past ``pixelLimit``.
  static func checkSize(width: Int, height: Int, format: String, place: String) throws(DataError) {
    guard width > 0 && height > 0 else {
      throw DataError(place, .malformed(format: format, expected: "pixels", found: "a size of \(height) x \(width)"))
    }
    guard width <= sideLimit && height <= sideLimit && width * height <= pixelLimit else {
      throw DataError(
        place,
        .tooLarge(
          what: "an image", found: "\(height) x \(width) pixels", limit: "\(sideLimit) a side, \(pixelLimit) in all"))
    }
  }
}
