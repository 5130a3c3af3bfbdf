/// The `calibration.json` that onnxruntime's `write_calibration_table` writes since 1.20: for each tensor an object
/// with its bounds, each an array of numpy.
package enum OnnxruntimeJSON: CacheFormat {
  package static let name = "onnxruntime-json"
  package static let summary = "onnxruntime's calibration.json since 1.20"
  package static let content: CacheFormatContent = [.ranges]

  package static func recognizes(_ file: CacheFile) -> Bool {
    guard let first = file.members?.first, case .object(let members) = first.value else { return false }
    return members.contains { $0.name == "CLS" && $0.value == .string("TensorData") }
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    var document = CacheDocument()
    try NumpyRanges.read(try file.root(place: place), into: &document)
    return document
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    JSON.object(NumpyRanges.members(document)).text(.oneLine)
  }
}

/// The `calibration.json` that onnxruntime wrote up to 1.19: `{"<tensor>": [lower, upper], …}`.
package enum OnnxruntimePairsJSON: CacheFormat {
  package static let name = "onnxruntime-json-1.19"
  package static let summary = "onnxruntime's calibration.json up to 1.19"
  package static let content: CacheFormatContent = [.ranges]

  package static func recognizes(_ file: CacheFile) -> Bool {
    guard let first = file.members?.first, case .array(let bounds) = first.value else { return false }
    return bounds.count == 2 && bounds.allSatisfy { if case .number = $0 { true } else { false } }
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    var document = CacheDocument()
    var names = FirstLines()
    let root = try file.root(place: place)
    for member in try root.members() {
      let bounds = try root.child(member).elements()
      guard bounds.count == 2 else { throw root.child(member).fault("a list of two bounds") }
      document.noteIfRepeated(member, &names)
      document.entries.append(
        CacheEntry(name: member.name, range: CacheRange(lower: try bounds[0].number(), upper: try bounds[1].number())))
    }
    return document
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    JSON.object(
      document.entries.filter { $0.role == .activation }.map { entry in
        let range = entry.writtenRange
        return JSONMember(entry.name, .array([.number(range.lower), .number(range.upper)]))
      }
    ).text(.oneLine)
  }
}
