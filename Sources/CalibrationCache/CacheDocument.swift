/// What a calibration cache says, whatever its format: a scale for each of a list of tensors.
package struct CacheDocument: Sendable, Equatable {
  /// The first line of a TensorRT cache; nil in formats that have none.
  package var header: TensorRTHeader?
  /// In file order.
  package var entries: [CacheEntry]
  /// What a JSON format's file says beside the tensors, such as the settings of the tool that wrote it; in file order.
  /// The same format writes it back, others leave it out.
  package var extras: [JSONMember]
  /// Where the file read differs from what the format's own writer makes; writing mends these.
  package var irregularities: [CacheIrregularity]

  package init(
    header: TensorRTHeader? = nil, entries: [CacheEntry] = [], extras: [JSONMember] = [],
    irregularities: [CacheIrregularity] = []
  ) {
    self.header = header
    self.entries = entries
    self.extras = extras
    self.irregularities = irregularities
  }
}

/// The scale of one tensor, and what a format that knows more says of it.
package struct CacheEntry: Sendable, Hashable {
  /// What the entry describes.
  package enum Role: String, Sendable, Hashable {
    case activation
    case weight
  }

  /// May hold any character but line breaks: `:`, spaces and brackets all occur.
  package var name: String
  /// The bits of the scale, kept because caches hold infinities and zeros that must not change.
  package var scaleBits: UInt32
  package var role: Role
  /// The range that was seen or chosen, in formats that hold one; of several channels the hull.
  package var range: CacheRange?
  /// Bit width, zero point and channels, in formats that hold them.
  package var encoding: CacheEncoding?

  package init(
    name: String, scaleBits: UInt32, role: Role = .activation, range: CacheRange? = nil, encoding: CacheEncoding? = nil
  ) {
    self.name = name
    self.scaleBits = scaleBits
    self.role = role
    self.range = range
    self.encoding = encoding
  }

  package init(name: String, scale: Float) { self.init(name: name, scaleBits: scale.bitPattern) }

  /// An entry of a format that holds ranges; its scale is the one of symmetric INT8 that covers the range.
  package init(name: String, range: CacheRange, role: Role = .activation) {
    self.init(
      name: name, scaleBits: CacheScale.scale(forAmax: range.amax).bitPattern, role: role, range: range)
  }

  /// An entry of a format that holds encodings; its scale is the one of symmetric INT8 that covers the same range.
  package init(name: String, encoding: CacheEncoding, role: Role = .activation, range: CacheRange? = nil) {
    self.init(
      name: name, scaleBits: encoding.symmetricScale.bitPattern, role: role, range: range, encoding: encoding)
  }

  /// What a step of the quantized tensor is worth: `amax / 127` for symmetric INT8.
  package var scale: Float { Float(bitPattern: scaleBits) }

  /// The magnitude at which symmetric INT8 saturates: one whose 127th part is the scale, if possible of binary32.
  package var amax: Double {
    if let range, CacheScale.scale(forAmax: range.amax).bitPattern == scaleBits { return range.amax }
    return CacheScale.amax(forScale: scale)
  }

  /// The range for a format that holds one: as read, else as the encoding or the scale says. Of signed codes around 0
  /// the least, which symmetric quantization does not use, does not count.
  package var writtenRange: CacheRange {
    if let encoding, encoding.isSigned, encoding.channels.allSatisfy({ $0.zeroPoint == 0 }) {
      return CacheRange(amax: amax)
    }
    return range ?? encoding?.range ?? CacheRange(amax: amax)
  }
}
