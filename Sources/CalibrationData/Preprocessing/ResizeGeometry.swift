/// Where the pixels of one picture go: its size after resizing, the part that is kept, and the field it stands in.
struct ResizeGeometry: Equatable {
  /// The size after resizing.
  var width: Int
  var height: Int
  /// The part of the resized picture that is computed.
  var window: PixelWindow
  /// The size of the result.
  var output: Preprocessing.Extent
  /// Where the window's corner comes to lie in the result.
  var left = 0
  var top = 0

  /// - Throws: `cropExceedsImage`, or `tooLarge` where a side grows past ``Preprocessing/longestSide``.
  init(_ preprocessing: Preprocessing, imageWidth: Int, imageHeight: Int, place: String) throws(DataError) {
    var frame: Preprocessing.Extent?
    switch preprocessing.resize {
    case nil: (width, height) = (imageWidth, imageHeight)
    case .exact(let extent): (width, height) = (extent.width, extent.height)
    case .shorter(let side):
      let long = side * max(imageWidth, imageHeight) / min(imageWidth, imageHeight)
      (width, height) = imageWidth < imageHeight ? (side, long) : (long, side)
    case .letterbox(let extent, _):
      let ratio = min(
        Double(extent.height) / Double(imageHeight), Double(extent.width) / Double(imageWidth))
      width = Self.rounded(Double(imageWidth) * ratio, limit: extent.width)
      height = Self.rounded(Double(imageHeight) * ratio, limit: extent.height)
      frame = extent
    }
    let limit = Preprocessing.longestSide
    guard preprocessing.resize == nil || max(width, height) <= limit else {
      throw DataError(
        place, .tooLarge(what: "sides", found: "\(height) x \(width) after resizing", limit: "\(limit) pixels"))
    }
    window = PixelWindow(x: 0, y: 0, width: width, height: height)
    output = Preprocessing.Extent(height: height, width: width)
    if let frame {
      left = (frame.width - width) / 2
      top = (frame.height - height) / 2
      output = frame
    }
    if let crop = preprocessing.crop { try self.crop(to: crop, place: place) }
    // Between the two passes the picture is as wide as the window and as high as the source.
    guard window.width * imageHeight <= Image.pixelLimit else {
      throw DataError(
        place,
        .tooLarge(
          what: "an image", found: "\(imageHeight) x \(imageWidth) pixels to resize", limit: "a moderate height"))
    }
  }

  /// Keeps the middle of the result.
  private mutating func crop(to crop: Preprocessing.Extent, place: String) throws(DataError) {
    guard crop.width <= output.width && crop.height <= output.height else {
      throw DataError(
        place, .cropExceedsImage(crop: [crop.height, crop.width], image: [output.height, output.width]))
    }
    let x = Self.halfRoundedToEven(output.width - crop.width)
    let y = Self.halfRoundedToEven(output.height - crop.height)
    // The kept part in the result's coordinates, met with where the picture stands in it.
    let right = min(left + width, x + crop.width), bottom = min(top + height, y + crop.height)
    let firstX = max(left, x), firstY = max(top, y)
    window = PixelWindow(
      x: firstX - left, y: firstY - top, width: max(right - firstX, 0), height: max(bottom - firstY, 0))
    (left, top) = (firstX - x, firstY - y)
    output = crop
  }

  private static func rounded(_ length: Double, limit: Int) -> Int {
    min(max(Int(length.rounded(.toNearestOrEven)), 1), limit)
  }

  /// `rest / 2`, ties to even: 1 gives 0, 3 gives 2.
  static func halfRoundedToEven(_ rest: Int) -> Int {
    let half = rest / 2
    return rest.isMultiple(of: 2) || half.isMultiple(of: 2) ? half : half + 1
  }
}
