/// AIMET's encodings of version 2.0.0 and 2.1.0: one list of objects, whose fields are those of ONNX's QuantizeLinear.
///
/// They do not tell activations from parameters: what has an axis is taken for a parameter. Encodings in blocks, of two
/// levels and of floating-point types are listed and left out.
package enum AIMETEncodings200: CacheFormat {
  package static let name = "aimet-2.0.0"
  package static let summary = "AIMET and QNN encodings, version 2.0.0"
  package static let content: CacheFormatContent = [.encodings, .weights, .channels, .axes]

  private static let key = "encodings"

  package static func recognizes(_ file: CacheFile) -> Bool {
    guard let members = file.members, members.contains(where: { $0.name == "version" }) else { return false }
    return members.contains { if case .array = $0.value { $0.name == key } else { false } }
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    let root = try file.root(place: place)
    var document = CacheDocument(extras: try root.members().filter { $0.name != key })
    var names = FirstLines()
    for cursor in try root[key].elements() {
      let tensorName = try cursor["name"].string()
      let line = cursor.line
      if let first = names.earlier(tensorName, line: line) {
        document.irregularities.append(CacheIrregularity(line: line, .duplicateName(tensorName, firstLine: first)))
      }
      guard let encoding = try encoding(cursor) else {
        document.irregularities.append(
          CacheIrregularity(
            line: line, .leftOut("tensor '\(tensorName)'", reason: "its encoding has no scale of a tensor or channel")))
        continue
      }
      document.entries.append(
        CacheEntry(name: tensorName, encoding: encoding, role: encoding.isPerChannel ? .weight : .activation))
    }
    return document
  }

  /// Nil for an encoding that has no integer codes with a scale for the tensor or for each channel.
  private static func encoding(_ cursor: JSONCursor) throws(CacheError) -> CacheEncoding? {
    let type = try cursor["output_dtype"].string()
    let isSigned = type.hasPrefix("int")
    guard isSigned || type.hasPrefix("uint"), let bits = Int(type.drop { !$0.isASCII || !$0.isNumber }),
      CacheEncoding.bitWidths.contains(bits), try cursor.optional("block_size") == nil,
      let scaleField = try cursor.optional("y_scale")
    else { return nil }
    if case .object = scaleField.value { return nil }
    let scales = try scaleField.numbers()
    let zeroField = try cursor.optional("y_zero_point")
    let zeros = try zeroField?.numbers() ?? scales.map { _ in 0 }
    guard !scales.isEmpty, scales.count == zeros.count else { throw cursor.fault("as many zero points as scales") }
    var channels: [CacheEncoding.Channel] = []
    for (scale, zero) in zip(scales, zeros) {
      // Two-bit encodings may have a fraction here, which codes of integers cannot express.
      guard let zeroPoint = Int32(exactly: zero) else { return nil }
      channels.append(CacheEncoding.Channel(scale: scale, zeroPoint: Int(zeroPoint)))
    }
    var isPerChannel = false
    if case .array = scaleField.value { isPerChannel = true }
    return CacheEncoding(
      bits: bits, isSigned: isSigned, isSymmetric: isSigned && channels.allSatisfy { $0.zeroPoint == 0 },
      channels: channels, isPerChannel: isPerChannel, axis: try cursor.optional("axis")?.integer())
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var tensors: [JSON] = []
    for entry in document.entries {
      let encoding = entry.writtenEncoding
      for channel in encoding.channels { try AIMETVersion.check(channel.scale, of: entry, format: name) }
      var members = [JSONMember("name", .string(entry.name))]
      let scales = encoding.channels.map { JSON.number($0.scale) }
      let zeros = encoding.channels.map { JSON.number("\($0.zeroPoint)") }
      members.append(JSONMember("y_scale", encoding.isPerChannel ? .array(scales) : scales[0]))
      if encoding.channels.contains(where: { $0.zeroPoint != 0 }) || !encoding.isSymmetric {
        members.append(JSONMember("y_zero_point", encoding.isPerChannel ? .array(zeros) : zeros[0]))
      }
      if encoding.isPerChannel { members.append(JSONMember("axis", .number("\(encoding.axis ?? 0)"))) }
      members.append(JSONMember("output_dtype", .string("\(encoding.isSigned ? "int" : "uint")\(encoding.bits)")))
      tensors.append(.object(members))
    }
    let version = document.extras.first { $0.name == "version" && ($0.value == .string("2.1.0")) }
    let extras = document.extras.filter { !["version", "activation_encodings", "param_encodings"].contains($0.name) }
    return JSON.object(
      [version ?? JSONMember("version", .string("2.0.0"))] + extras + [JSONMember(key, .array(tensors))]
    ).text(.indented)
  }
}
