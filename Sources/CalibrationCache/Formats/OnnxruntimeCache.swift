/// The `calibration.cache` that onnxruntime's `write_calibration_table` writes: `<tensor> <amax>` on each line, numbers
/// as Python prints them.
///
/// onnxruntime 1.31.1 writes the greater of the two bounds, not the greater magnitude, so that for a tensor that
/// reaches further below zero than above its own files hold too little. Here the magnitude is written.
package enum OnnxruntimeCache: CacheFormat {
  package static let name = "onnxruntime-cache"
  package static let summary = "onnxruntime's calibration.cache, <tensor> <amax>"
  package static let content: CacheFormatContent = []

  package static func recognizes(_ file: CacheFile) -> Bool {
    let lines = TextLines.start(of: file.bytes)
    return !lines.isEmpty && lines.allSatisfy { MagnitudeLine($0, separator: " ") != nil }
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    try MagnitudeLine.document(file.bytes, separator: " ", place: place, expected: "'<tensor> <magnitude>'")
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in document.entries where entry.role == .activation {
      guard entry.name.fitsInLine else { throw .unwritableName(entry.name, format: name) }
      bytes += "\(entry.name) \(magnitude(of: entry))\n".utf8
    }
    return bytes
  }

  /// As Python's `str` prints the float.
  static func magnitude(of entry: CacheEntry) -> String {
    let amax = entry.amax
    return amax.isNaN ? "nan" : amax.isInfinite ? (amax < 0 ? "-inf" : "inf") : DecimalNumber(amax).python
  }
}
