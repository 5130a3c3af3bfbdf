import CZlib

/// Writes 8-bit pictures as PNG files.
package enum PNGWriter {
  /// The bytes of a PNG file.
  ///
  /// - Parameters:
  ///   - samples: Rows from the top, pixels from the left, channels innermost: `height × width × channels`.
  ///   - channels: 1 for grey, 3 for red, green, blue.
  /// - Returns: Nil where the extents do not fit the samples.
  package static func bytes(of samples: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8]? {
    guard channels == 1 || channels == 3, (1...Image.sideLimit).contains(width), (1...Image.sideLimit).contains(height)
    else { return nil }
    let (row, overflow) = width.multipliedReportingOverflow(by: channels)
    guard !overflow, samples.count / row == height, samples.count.isMultiple(of: row) else { return nil }
    // Each row begins with its filter: none.
    var filtered: [UInt8] = []
    filtered.reserveCapacity(samples.count + height)
    for y in 0..<height {
      filtered.append(0)
      filtered += samples[y * row..<(y + 1) * row]
    }
    var packed = [UInt8](repeating: 0, count: Int(compressBound(UInt(filtered.count))))
    var length = UInt(packed.count)
    guard unsafe compress2(&packed, &length, filtered, UInt(filtered.count), 6) == Z_OK else { return nil }
    let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, channels == 1 ? 0 : 2, 0, 0, 0]
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", header)
      + chunk("IDAT", Array(packed.prefix(Int(length)))) + chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    let checksum = unsafe crc32(0, body, UInt32(body.count))
    return bigEndian(UInt32(content.count)) + body + bigEndian(UInt32(truncatingIfNeeded: checksum))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
  }
}
