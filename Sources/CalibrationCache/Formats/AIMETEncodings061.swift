/// AIMET's encodings of version 0.6.1 and before, which the Qualcomm converters take as `--quantization_overrides`.
///
/// Two objects, for activations and for parameters, map each name to a list of encodings, one per channel. There
/// `real = scale · (code + offset)` with unsigned codes, also for symmetric ones, and flags are texts: `"True"`.
package enum AIMETEncodings061: CacheFormat {
  package static let name = "aimet-0.6.1"
  package static let summary = "AIMET and QNN encodings, version 0.6.1"
  package static let content: CacheFormatContent = [.ranges, .encodings, .weights, .channels]

  package static func recognizes(_ file: CacheFile) -> Bool {
    file.members?.contains { member in
      if case .object = member.value { AIMETVersion.sections.contains(member.name) } else { false }
    } ?? false
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    let root = try file.root(place: place)
    var document = CacheDocument(extras: try AIMETVersion.extras(of: root))
    for (section, role) in AIMETVersion.roles {
      guard let tensors = try root.optional(section) else { continue }
      var names = FirstLines()
      for member in try tensors.members() {
        let cursor = tensors.child(member)
        guard let first = try cursor.elements().first else { throw cursor.fault("at least one encoding") }
        document.noteIfRepeated(member, &names)
        if let type = try first.optional("dtype")?.string(), type != "int" {
          document.note(member, .leftOut("tensor '\(member.name)'", reason: "it stays \(type) and has no scale"))
          continue
        }
        let encoding = try encoding(cursor)
        let ranges = encoding.channels.compactMap(\.range)
        let hull = ranges.dropFirst().reduce(ranges.first) { $0?.union($1) }
        document.entries.append(CacheEntry(name: member.name, encoding: encoding, role: role, range: hull))
      }
    }
    return document
  }

  private static func encoding(_ cursor: JSONCursor) throws(CacheError) -> CacheEncoding {
    let elements = try cursor.elements()
    let bits = try AIMETVersion.bits(try elements[0]["bitwidth"])
    let isSymmetric = try elements[0].optional("is_symmetric")?.bool() ?? false
    var channels: [CacheEncoding.Channel] = []
    for element in elements {
      guard try AIMETVersion.bits(try element["bitwidth"]) == bits else {
        throw element.fault("the bit width of the first channel")
      }
      let offset = try AIMETVersion.offset(try element["offset"])
      let lower = try element.optional("min")?.number(), upper = try element.optional("max")?.number()
      channels.append(
        CacheEncoding.Channel(
          scale: try element["scale"].number(), zeroPoint: AIMETVersion.zeroPoint(offset, isSymmetric, bits),
          range: lower.flatMap { lower in upper.map { CacheRange(lower: lower, upper: $0) } }))
    }
    return CacheEncoding(
      bits: bits, isSigned: isSymmetric, isSymmetric: isSymmetric, channels: channels,
      isPerChannel: channels.count > 1)
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var members: [JSONMember] = []
    for (section, role) in AIMETVersion.roles {
      var tensors: [JSONMember] = []
      for entry in document.entries where entry.role == role {
        let encoding = entry.writtenEncoding
        var channels: [JSON] = []
        for channel in encoding.channels {
          try AIMETVersion.check(channel.scale, of: entry, format: name)
          let range = channel.range ?? AIMETVersion.range(of: channel, encoding)
          channels.append([
            "bitwidth": .number("\(encoding.bits)"), "dtype": .string("int"),
            "is_symmetric": .string(encoding.isSymmetric ? "True" : "False"), "max": .number(range.upper),
            "min": .number(range.lower), "offset": .number("\(AIMETVersion.offset(of: channel, encoding))"),
            "scale": .number(channel.scale),
          ])
        }
        tensors.append(JSONMember(entry.name, .array(channels)))
      }
      members.append(JSONMember(section, .object(tensors)))
    }
    return JSON.object(AIMETVersion.complete(members, document.extras, version: "0.6.1")).text(.indented)
  }
}
