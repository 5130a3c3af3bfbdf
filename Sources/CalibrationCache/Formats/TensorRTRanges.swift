/// The text of dynamic ranges that TensorRT's INT8 sample reads: `<tensor>:<amax>` on each line, in decimal.
///
/// The magnitude ends at the last `:`. It is written with the fewest digits that give back the scale bit for bit.
package enum TensorRTRanges: CacheFormat {
  package static let name = "tensorrt-ranges"
  package static let summary = "TensorRT dynamic ranges, <tensor>:<amax>, as its INT8 sample reads them"
  package static let content: CacheFormatContent = []

  package static func recognizes(_ file: CacheFile) -> Bool {
    let lines = TextLines.start(of: file.bytes)
    return !lines.isEmpty && lines.allSatisfy { MagnitudeLine($0, separator: ":") != nil }
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    try MagnitudeLine.document(file.bytes, separator: ":", place: place, expected: "'<tensor>:<magnitude>'")
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in document.entries where entry.role == .activation {
      guard entry.name.fitsInLine else { throw .unwritableName(entry.name, format: name) }
      guard entry.scale.isFinite else {
        throw .unwritableScale(entry.name, scale: entry.scale, format: name)
      }
      // A magnitude of binary32 needs fewer digits than the same number in binary64.
      let amax = entry.amax, narrow = Float(amax)
      let number = Double(narrow) == amax ? DecimalNumber(narrow) : DecimalNumber(amax)
      bytes += "\(entry.name):\(number.plain)\n".utf8
    }
    return bytes
  }
}
