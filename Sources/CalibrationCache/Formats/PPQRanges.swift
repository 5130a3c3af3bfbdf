/// The JSON that PPQ writes for TensorRT: `{"act_quant_info": {"<tensor>": amax, …}}`.
package enum PPQRanges: CacheFormat {
  package static let name = "ppq"
  package static let summary = "PPQ's JSON for TensorRT, amax of each tensor"
  package static let content: CacheFormatContent = []

  private static let key = "act_quant_info"

  package static func recognizes(_ file: CacheFile) -> Bool {
    file.members?.contains { $0.name == key } ?? false
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    let root = try file.root(place: place)
    var document = CacheDocument(extras: try root.members().filter { $0.name != key })
    let ranges = try root[key]
    var names = FirstLines()
    for member in try ranges.members() {
      let amax = try ranges.child(member).number()
      if amax < 0 { document.note(member, .negativeMagnitude(member.name)) }
      document.noteIfRepeated(member, &names)
      document.entries.append(CacheEntry(name: member.name, range: CacheRange(amax: amax.magnitude)))
    }
    return document
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var members: [JSONMember] = []
    for entry in document.entries where entry.role == .activation {
      guard entry.scale.isFinite else {
        throw .unwritableScale(entry.name, scale: entry.scale, format: name)
      }
      members.append(JSONMember(entry.name, .number(entry.amax)))
    }
    return JSON.object([JSONMember(key, .object(members))] + document.extras).text(.indented)
  }
}
