import CPNG

/// Decodes PNG files as Pillow's `convert('RGB')` does: alpha and transparency dropped, gamma and profiles ignored.
///
/// Two differences. Damage that Pillow passes over (a wrong checksum, a missing last chunk) is an error here. And
/// 16-bit greyscale keeps its high byte, as every other 16-bit file does; Pillow turns each value above 255 white.
enum PNGDecoder {
  static func recognises(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    return unsafe bytes.starts(with: signature)
  }

  /// Decodes `bytes` into `image`: 1 channel for greyscale files, 3 for all others.
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>, into image: Image, place: String) throws(DataError) {
    // The signature, then the chunk IHDR: length, name, width, height, depth, colour type, three more, checksum.
    guard bytes.count >= 33, unsafe bytes[12..<16].elementsEqual([0x49, 0x48, 0x44, 0x52]) else {
      throw DataError(place, .undecodable(format: "PNG", detail: "it has no header"))
    }
    let width = unsafe bigEndian(bytes, at: 16), height = unsafe bigEndian(bytes, at: 20)
    try Image.checkSize(width: width, height: height, format: "PNG", place: place)
    let isGrey = unsafe bytes[25] & 2 == 0
    image.reshape(width: width, height: height, channels: isGrey ? 1 : 3)
    try unsafe decode(bytes, into: image, isRaw: false, place: place)
  }

  /// Decodes a file whose samples are numbers and no colours, such as classes, into `image` of 1 channel: the places of
  /// a palette, or grey of at most 8 bits, as they are stored.
  static func decodeNumbers(
    _ bytes: UnsafeBufferPointer<UInt8>, into image: Image, place: String
  ) throws(DataError) {
    guard bytes.count >= 33, unsafe bytes[12..<16].elementsEqual([0x49, 0x48, 0x44, 0x52]) else {
      throw DataError(place, .undecodable(format: "PNG", detail: "it has no header"))
    }
    let depth = unsafe bytes[24], colour = unsafe bytes[25]
    guard depth <= 8, colour == 0 || colour == 3 else {
      throw DataError(
        place,
        .malformed(
          format: "PNG of classes", expected: "a palette or grey of at most 8 bits",
          found: "colour type \(colour) of \(depth) bits"))
    }
    let width = unsafe bigEndian(bytes, at: 16), height = unsafe bigEndian(bytes, at: 20)
    try Image.checkSize(width: width, height: height, format: "PNG", place: place)
    image.reshape(width: width, height: height, channels: 1)
    try unsafe decode(bytes, into: image, isRaw: true, place: place)
  }

  private static func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, into image: Image, isRaw: Bool, place: String
  ) throws(DataError) {
    var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
    let decoded = unsafe message.withUnsafeMutableBufferPointer { message in
      unsafe cpng_decode(
        bytes.baseAddress, bytes.count, image.base, image.rowBytes, UInt32(image.height), isRaw ? 1 : 0,
        message.baseAddress)
    }
    guard decoded != 0 else {
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw DataError(place, .undecodable(format: "PNG", detail: String(decoding: text, as: UTF8.self)))
    }
  }

  private static func bigEndian(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    (0..<4).reduce(0) { unsafe $0 << 8 | Int(bytes[index + $1]) }
  }
}
