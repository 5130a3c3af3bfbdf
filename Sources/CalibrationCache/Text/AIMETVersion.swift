/// What the versions of AIMET's encodings before 2.0.0 have in common.
enum AIMETVersion {
  static let roles: [(section: String, role: CacheEntry.Role)] = [
    ("activation_encodings", .activation), ("param_encodings", .weight),
  ]
  static let sections = ["activation_encodings", "param_encodings"]

  /// What stands beside the encodings, the version among it.
  static func extras(of root: JSONCursor) throws(CacheError) -> [JSONMember] {
    try root.members().filter { !sections.contains($0.name) }
  }

  /// All members of a file, in the order of their names.
  static func complete(_ members: [JSONMember], _ extras: [JSONMember], version: String) -> [JSONMember] {
    let kept = extras.filter { $0.name != "version" && !sections.contains($0.name) && $0.name != "encodings" }
    return (members + kept + [JSONMember("version", .string(version))]).sorted { $0.name < $1.name }
  }

  static func bits(_ cursor: JSONCursor) throws(CacheError) -> Int {
    let bits = try cursor.integer()
    guard CacheEncoding.bitWidths.contains(bits) else { throw cursor.fault("a bit width of 2 to 32") }
    return bits
  }

  static func offset(_ cursor: JSONCursor) throws(CacheError) -> Int {
    let offset = try cursor.integer()
    guard offset.magnitude <= 1 << 32 else { throw cursor.fault("an offset of at most 32 bits") }
    return offset
  }

  /// The zero point of signed codes where the encoding is symmetric, else of unsigned ones.
  static func zeroPoint(_ offset: Int, _ isSymmetric: Bool, _ bits: Int) -> Int {
    -offset - (isSymmetric ? 1 << (bits - 1) : 0)
  }

  /// The offset of unsigned codes.
  static func offset(of channel: CacheEncoding.Channel, _ encoding: CacheEncoding) -> Int {
    -(channel.zeroPoint + (encoding.isSigned ? 1 << (encoding.bits - 1) : 0))
  }

  static func range(of channel: CacheEncoding.Channel, _ encoding: CacheEncoding) -> CacheRange {
    var single = encoding
    single.channels = [channel]
    return single.range
  }

  /// QNN and JSON have no place for scales that are not finite and above 0.
  static func check(_ scale: Double, of entry: CacheEntry, format: String) throws(CacheError) {
    guard scale.isFinite, scale > 0 else { throw .unwritableScale(entry.name, scale: Float(scale), format: format) }
  }
}
