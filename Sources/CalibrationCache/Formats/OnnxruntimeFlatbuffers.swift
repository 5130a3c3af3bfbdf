/// The `calibration.flatbuffers` that onnxruntime's `write_calibration_table` writes and its TensorRT provider reads.
///
/// A table `TrtTable { dict: [KeyValue { key: string, value: string }] }`; the value is the magnitude as text. Its own
/// writer fills the list from the end, so that it is read from the end here, and written the same way, byte for byte.
package enum OnnxruntimeFlatbuffers: CacheFormat {
  package static let name = "onnxruntime-flatbuffers"
  package static let summary = "onnxruntime's calibration.flatbuffers, for its TensorRT provider"
  package static let content: CacheFormatContent = []

  package static func recognizes(_ file: CacheFile) -> Bool {
    guard file.json == nil, let entries = try? FlatTable.root(of: file.bytes, place: "").tables(0) else { return false }
    return entries.allSatisfy { (try? $0.string(0)) != nil && (try? $0.string(1)) != nil }
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    var document = CacheDocument()
    var names = FirstLines()
    for (index, table) in try FlatTable.root(of: file.bytes, place: place).tables(0).reversed().enumerated() {
      let name = try table.string(0), text = try table.string(1)
      guard let magnitude = DecimalNumber.value(of: Array(text.utf8)) else {
        throw .field(place: place, field: name, expected: "a magnitude", found: text)
      }
      if magnitude < 0 { document.irregularities.append(CacheIrregularity(line: index + 1, .negativeMagnitude(name))) }
      if let first = names.earlier(name, line: index + 1) {
        document.irregularities.append(CacheIrregularity(line: index + 1, .duplicateName(name, firstLine: first)))
      }
      document.entries.append(CacheEntry(name: name, range: CacheRange(amax: magnitude.magnitude)))
    }
    return document
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var builder = FlatBuilder()
    var tables: [Int] = []
    for entry in document.entries where entry.role == .activation {
      let key = builder.string(entry.name), value = builder.string(OnnxruntimeCache.magnitude(of: entry))
      tables.append(builder.table([key, value]))
    }
    let list = builder.vector(tables)
    return builder.finish(root: builder.table([list]))
  }
}
