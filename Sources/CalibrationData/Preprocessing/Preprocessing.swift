/// How a decoded picture becomes a network's input.
///
/// The steps in their order: convert to ``channels``, ``resize``, ``crop``, then for every sample `x` (0…255), all in
/// float32, `(v - mean[c]) / std[c]` with `v = x / divide`, or `v = x * scale` where a scale is given instead. At last
/// the samples are put into the order of ``layout``. ``mean`` and ``std`` count the channels as the tensor has them:
/// blue first for `bgr`.
package struct Preprocessing: Sendable, Hashable {
  /// The colours of the tensor and their order.
  package enum Channels: String, Sendable, Hashable, Codable, CaseIterable {
    case rgb, bgr
    /// One channel: `(19595 R + 38470 G + 7471 B + 32768) / 65536`, as Pillow's `convert('L')`, before any resizing.
    case gray

    /// How many channels the tensor has.
    package var count: Int { self == .gray ? 1 : 3 }
  }

  /// The order of the tensor's axes.
  package enum Layout: String, Sendable, Hashable, Codable, CaseIterable { case nchw, nhwc }

  /// An extent in pixels, height first.
  package struct Extent: Sendable, Hashable {
    package var height: Int
    package var width: Int

    package init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  /// The size to which a picture is brought.
  package enum Resize: Sendable, Hashable {
    /// The short side gets this length, the long side `floor(length * long / short)`.
    case shorter(Int)
    /// Both sides as given, whatever the picture's proportions.
    case exact(Extent)
    /// As large as fits with the picture's proportions, in the middle of a field of samples `pad`.
    ///
    /// Each side is the picture's times `min(height / h, width / w)`, rounded to nearest, ties to even. An odd rest is
    /// wider at the right and the bottom.
    case letterbox(Extent, pad: UInt8)
  }

  package var channels: Channels
  package var resize: Resize?
  /// Used where ``resize`` is given.
  package var filter: ResizeFilter
  /// The middle part that is kept. Its corner is at half the rest, ties to even.
  package var crop: Extent?
  package var divide: Float
  /// Multiplies instead of ``divide``, which must then be 1. Not the same: `x * (1 / 255)` differs from `x / 255` in
  /// the last bit.
  package var scale: Float
  /// One value, or one for each channel.
  package var mean: [Float]
  /// One value, or one for each channel.
  package var std: [Float]
  package var layout: Layout

  /// By default: RGB, size and values unchanged (0…255), NCHW.
  package init(
    channels: Channels = .rgb, resize: Resize? = nil, filter: ResizeFilter = .bilinear, crop: Extent? = nil,
    divide: Float = 1, scale: Float = 1, mean: [Float] = [0], std: [Float] = [1], layout: Layout = .nchw
  ) {
    self.channels = channels
    self.resize = resize
    self.filter = filter
    self.crop = crop
    self.divide = divide
    self.scale = scale
    self.mean = mean
    self.std = std
    self.layout = layout
  }
}
