/// What the markers of a JPEG file say, read without decoding it (ITU-T T.81, annex B).
///
/// libjpeg treats a file that ends too early as a mere warning and fills the rest with grey; the markers tell
/// such a file apart, and they give its size before anything is allocated.
struct JPEGStructure {
  var width = 0
  var height = 0
  /// 1 for grey, 3 for YCbCr or RGB, 4 for CMYK or YCCK.
  var components = 0

  /// Walks the markers of `bytes` from start to end of image.
  init(_ bytes: UnsafeBufferPointer<UInt8>, place: String) throws(DataError) {
    var at = 2
    while true {
      // Between segments stand only fill bytes; inside a scan, entropy-coded data up to the next true marker.
      guard let marker = unsafe Self.nextMarker(in: bytes, from: &at) else {
        throw DataError(place, .undecodable(format: "JPEG", detail: "it ends before its end marker"))
      }
      if marker == 0xd9 { break }
      // TEM and the restart markers stand alone.
      if marker == 0x01 || (0xd0...0xd8).contains(marker) { continue }
      guard at + 2 <= bytes.count else {
        throw DataError(place, .undecodable(format: "JPEG", detail: "it ends inside a segment"))
      }
      let length = unsafe Int(bytes[at]) << 8 | Int(bytes[at + 1])
      guard length >= 2 && at + length <= bytes.count else {
        throw DataError(place, .undecodable(format: "JPEG", detail: "it ends inside a segment"))
      }
      if Self.isFrame(marker) {
        guard length >= 8 else {
          throw DataError(place, .undecodable(format: "JPEG", detail: "its frame header is too short"))
        }
        let precision = unsafe bytes[at + 2]
        guard precision == 8 else {
          let remedy = "convert it to 8 bits"
          throw DataError(
            place, .unsupported(format: "JPEG", found: "a precision of \(precision) bits", remedy: remedy))
        }
        height = unsafe Int(bytes[at + 3]) << 8 | Int(bytes[at + 4])
        width = unsafe Int(bytes[at + 5]) << 8 | Int(bytes[at + 6])
        components = unsafe Int(bytes[at + 7])
      }
      at += length
    }
    guard components > 0 else {
      throw DataError(place, .undecodable(format: "JPEG", detail: "it has no frame header"))
    }
  }

  /// The code of the next marker at or after `at`, which is moved behind it; nil where the data end.
  private static func nextMarker(in bytes: UnsafeBufferPointer<UInt8>, from at: inout Int) -> UInt8? {
    let count = bytes.count
    while at + 1 < count {
      if unsafe bytes[at] == 0xff {
        let code = unsafe bytes[at + 1]
        // 0 is a stuffed byte of entropy-coded data, 0xff a fill byte.
        if code == 0xff { at += 1; continue }
        at += 2
        if code != 0 { return code }
      } else {
        at += 1
      }
    }
    return nil
  }

  /// Whether `marker` begins a frame: SOF0…SOF15 without DHT, JPG and DAC, which lie between.
  private static func isFrame(_ marker: UInt8) -> Bool {
    (0xc0...0xcf).contains(marker) && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
  }
}
