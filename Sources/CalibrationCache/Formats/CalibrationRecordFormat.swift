/// The record that `qtool calibrate` writes beside a cache: it holds the same scales, and the ranges they come from.
///
/// It is only read: what else it says of the run cannot be told from a cache.
package enum CalibrationRecordFormat: CacheFormat {
  package static let name = "record"
  package static let summary = "the record FILE.json that qtool calibrate writes; only read"
  package static let content: CacheFormatContent = [.header, .ranges]

  private static let prefix = "qtool-calibration-record/"

  package static func recognizes(_ file: CacheFile) -> Bool {
    file.members?.contains { member in
      if case .string(let text) = member.value { member.name == "format" && text.hasPrefix(prefix) } else { false }
    } ?? false
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    let root = try file.root(place: place)
    let format = try root["format"]
    guard try format.string() == prefix + "1" else {
      throw format.fault("'\(prefix)1'; was it written by a later version?")
    }
    var document = CacheDocument()
    if let cache = try root.optional("cache"), cache.value != .null {
      document.header = TensorRTHeader(try cache["header"].string())
    }
    for tensor in try root["tensors"].elements() {
      if try tensor.optional("excluded")?.bool() ?? false { continue }
      document.entries.append(try entry(tensor))
    }
    return document
  }

  private static func entry(_ tensor: JSONCursor) throws(CacheError) -> CacheEntry {
    let bits = try tensor["scale_bits"], text = try bits.string()
    guard !text.hasPrefix("+"), !text.hasPrefix("-"), let pattern = UInt32(text, radix: 16) else {
      throw bits.fault("up to 8 hexadecimal digits")
    }
    var entry = CacheEntry(name: try tensor["name"].string(), scaleBits: pattern)
    if let lower = try tensor.optional("lower")?.number(), let upper = try tensor.optional("upper")?.number(),
      lower <= upper
    {
      entry.range = CacheRange(lower: lower, upper: upper)
      return entry
    }
    // Records of before the pair was written.
    let statistics = try tensor.optional("statistics")
    if let threshold = try tensor.optional("threshold")?.number(), threshold > 0,
      let minimum = try statistics?.optional("min")?.number(), let maximum = try statistics?.optional("max")?.number()
    {
      entry.range = CacheRange(lower: max(minimum, -threshold), upper: min(maximum, threshold))
    }
    return entry
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] { throw .readOnly(format: name) }
}
