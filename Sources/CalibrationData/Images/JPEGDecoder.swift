import CTurboJPEG

/// Decodes JPEG files as Pillow does: accurate integer inverse transform, smooth chroma upsampling, EXIF orientation
/// ignored, CMYK and YCCK taken as inverted.
///
/// Stricter than Pillow where image data are damaged: Pillow shows what it could decode, this is an error.
@safe
final class JPEGDecoder {
  private let handle: tjhandle?
  private let cmyk = ByteBuffer()

  init() { unsafe handle = tjInitDecompress() }

  deinit { if let handle = unsafe handle { unsafe _ = tjDestroy(handle) } }

  static func recognises(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    unsafe bytes.count >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff
  }

  /// Decodes `bytes` into `image`: 1 channel for greyscale files, 3 for all others.
  func decode(_ bytes: UnsafeBufferPointer<UInt8>, into image: Image, place: String) throws(DataError) {
    let file = try unsafe JPEGStructure(bytes, place: place)
    try Image.checkSize(width: file.width, height: file.height, format: "JPEG", place: place)
    switch file.components {
    case 1:
      image.reshape(width: file.width, height: file.height, channels: 1)
      try unsafe decompress(bytes, file, into: image.base, as: TJPF_GRAY, place: place)
    case 3:
      image.reshape(width: file.width, height: file.height, channels: 3)
      try unsafe decompress(bytes, file, into: image.base, as: TJPF_RGB, place: place)
    case 4:
      image.reshape(width: file.width, height: file.height, channels: 3)
      cmyk.resize(to: file.width * file.height * 4)
      try unsafe decompress(bytes, file, into: cmyk.base, as: TJPF_CMYK, place: place)
      convertCMYK(into: image)
    default:
      throw DataError(
        place,
        .unsupported(format: "JPEG", found: "\(file.components) colour components", remedy: "convert it to RGB"))
    }
  }

  private func decompress(
    _ bytes: UnsafeBufferPointer<UInt8>, _ file: JPEGStructure, into target: UnsafeMutablePointer<UInt8>,
    as format: TJPF, place: String
  ) throws(DataError) {
    // A file of a few bytes can ask for thousands of passes over a large picture; TJFLAG_LIMITSCANS refuses it.
    let flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS
    let status = unsafe tjDecompress2(
      handle, bytes.baseAddress, UInt(bytes.count), target, Int32(file.width), 0, Int32(file.height),
      format.rawValue, flags)
    guard status != 0 else { return }
    let text = unsafe String(cString: tjGetErrorStr2(handle))
    // Bytes too many between two segments harm no pixel; every other warning means that pixels were lost.
    if unsafe tjGetErrorCode(handle) == Int32(bitPattern: TJERR_WARNING.rawValue)
      && text.contains("extraneous bytes before marker")
    {
      return
    }
    throw DataError(place, .undecodable(format: "JPEG", detail: text))
  }

  /// Turns inverted CMYK into RGB with Pillow's rounding: each colour is `k - c * k / 255`.
  private func convertCMYK(into image: Image) {
    for pixel in 0..<image.width * image.height {
      let from = unsafe cmyk.base + 4 * pixel, to = unsafe image.base + 3 * pixel
      let light = unsafe Int32(from[3])
      for channel in 0..<3 {
        let product = unsafe Int32(255 - from[channel]) * light + 128
        unsafe to[channel] = UInt8(truncatingIfNeeded: max(light - (((product >> 8) + product) >> 8), 0))
      }
    }
  }
}
