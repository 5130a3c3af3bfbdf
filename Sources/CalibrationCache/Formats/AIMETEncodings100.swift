/// AIMET's encodings of version 1.0.0: two lists of objects that hold their tensor's name, with lists of scales and
/// offsets. `real = scale · (code + offset)` with unsigned codes, also for symmetric ones.
///
/// Encodings in blocks and floating-point ones have no scale of a tensor or channel: they are listed and left out.
package enum AIMETEncodings100: CacheFormat {
  package static let name = "aimet-1.0.0"
  package static let summary = "AIMET and QNN encodings, version 1.0.0"
  package static let content: CacheFormatContent = [.encodings, .weights, .channels]

  package static func recognizes(_ file: CacheFile) -> Bool {
    file.members?.contains { member in
      if case .array = member.value { AIMETVersion.sections.contains(member.name) } else { false }
    } ?? false
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    let root = try file.root(place: place)
    var document = CacheDocument(extras: try AIMETVersion.extras(of: root))
    for (section, role) in AIMETVersion.roles {
      guard let tensors = try root.optional(section) else { continue }
      var names = FirstLines()
      for cursor in try tensors.elements() {
        let tensorName = try cursor["name"].string()
        let line = cursor.line
        if let first = names.earlier(tensorName, line: line) {
          document.irregularities.append(
            CacheIrregularity(line: line, .duplicateName(tensorName, firstLine: first)))
        }
        let type = try cursor["dtype"].string(), kind = try cursor["enc_type"].string()
        guard type == "INT", kind == "PER_TENSOR" || kind == "PER_CHANNEL" else {
          document.irregularities.append(
            CacheIrregularity(
              line: line,
              .leftOut("tensor '\(tensorName)'", reason: "an encoding \(kind) of type \(type) has no single scale")))
          continue
        }
        document.entries.append(
          CacheEntry(name: tensorName, encoding: try encoding(cursor, isPerChannel: kind == "PER_CHANNEL"), role: role))
      }
    }
    return document
  }

  private static func encoding(_ cursor: JSONCursor, isPerChannel: Bool) throws(CacheError) -> CacheEncoding {
    let bits = try AIMETVersion.bits(try cursor["bw"])
    let isSymmetric = try cursor.optional("is_sym")?.bool() ?? false
    let scales = try cursor["scale"].elements(), offsets = try cursor["offset"].elements()
    guard !scales.isEmpty, isPerChannel || scales.count == 1 else { throw try cursor["scale"].fault("one scale") }
    guard scales.count == offsets.count else { throw try cursor["offset"].fault("as many offsets as scales") }
    var channels: [CacheEncoding.Channel] = []
    for (scale, offset) in zip(scales, offsets) {
      channels.append(
        CacheEncoding.Channel(
          scale: try scale.number(),
          zeroPoint: AIMETVersion.zeroPoint(try AIMETVersion.offset(offset), isSymmetric, bits)))
    }
    return CacheEncoding(
      bits: bits, isSigned: isSymmetric, isSymmetric: isSymmetric, channels: channels, isPerChannel: isPerChannel)
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var members: [JSONMember] = []
    for (section, role) in AIMETVersion.roles {
      var tensors: [JSON] = []
      for entry in document.entries where entry.role == role {
        let encoding = entry.writtenEncoding
        for channel in encoding.channels { try AIMETVersion.check(channel.scale, of: entry, format: name) }
        tensors.append([
          "bw": .number("\(encoding.bits)"), "dtype": .string("INT"),
          "enc_type": .string(encoding.isPerChannel ? "PER_CHANNEL" : "PER_TENSOR"),
          "is_sym": .bool(encoding.isSymmetric), "name": .string(entry.name),
          "offset": .array(encoding.channels.map { .number("\(AIMETVersion.offset(of: $0, encoding))") }),
          "scale": .array(encoding.channels.map { .number($0.scale) }),
        ])
      }
      members.append(JSONMember(section, .array(tensors)))
    }
    return JSON.object(AIMETVersion.complete(members, document.extras, version: "1.0.0")).text(.indented)
  }
}
