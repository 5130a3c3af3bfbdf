import FoundationEssentials

/// A protobuf message in two: the fields of one number, and all others.
///
/// Reading a message copies every payload in it. A network's constants are nearly all of its file: taken out before the
/// rest is read, they need not be in memory twice.
///
/// [Encoding](https://protobuf.dev/programming-guides/encoding/) of protocol buffers.
struct MessageParts {
  /// The message without the fields that were taken out; they may stand anywhere in it.
  private(set) var rest = Data()
  /// The contents of the fields that were taken out, in order: slices of the message.
  private(set) var taken: [Data] = []

  /// - Parameter number: The field to take out; it must hold bytes, texts or messages.
  /// - Returns: Nil where the bytes are no message, or an unusual one: then it must be read whole.
  init?(_ message: Data, taking number: UInt64) {
    var ranges: [Range<Int>] = [], kept: [Range<Int>] = []
    let isMessage = unsafe message.withUnsafeBytes { bytes in
      var fields = unsafe FieldWalk(bytes)
      while let field = fields.next() {
        if field.number == number {
          guard let content = field.content else { return false }
          ranges.append(content)
        } else if kept.last?.upperBound == field.whole.lowerBound {
          kept[kept.count - 1] = kept[kept.count - 1].lowerBound..<field.whole.upperBound
        } else {
          kept.append(field.whole)
        }
      }
      return fields.isAtEnd
    }
    guard isMessage else { return nil }
    func slice(_ range: Range<Int>) -> Data {
      message[message.startIndex + range.lowerBound..<message.startIndex + range.upperBound]
    }
    rest.reserveCapacity(kept.map(\.count).reduce(0, +))
    for range in kept { rest.append(slice(range)) }
    taken = ranges.map(slice)
  }
}

/// Goes through the fields of a message.
@safe
private struct FieldWalk {
  struct Field {
    let number: UInt64
    /// With its tag.
    let whole: Range<Int>
    /// Nil for a number.
    let content: Range<Int>?
  }

  private let bytes: UnsafeRawBufferPointer
  private var at = 0

  init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

  var isAtEnd: Bool { unsafe at == bytes.count }

  /// Nil at the end, and where what follows is no field: then the walk is not at the end.
  mutating func next() -> Field? {
    let start = at
    guard !isAtEnd, let tag = varint() else { return stop(at: start) }
    var content: Range<Int>?
    let length: UInt64
    switch tag & 7 {
    case 0:
      guard varint() != nil else { return stop(at: start) }
      length = 0
    case 1: length = 8
    case 2:
      guard let found = varint() else { return stop(at: start) }
      length = found
    case 5: length = 4
    // Groups have been out of use since before there were networks.
    default: return stop(at: start)
    }
    guard unsafe length <= UInt64(bytes.count - at) else { return stop(at: start) }
    if tag & 7 == 2 { content = at..<at + Int(length) }
    at += Int(length)
    return Field(number: tag >> 3, whole: start..<at, content: content)
  }

  private mutating func stop(at start: Int) -> Field? {
    at = start
    return nil
  }

  /// Nil where none ends within ten bytes, which is all that 64 bits take.
  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard unsafe at < bytes.count else { return nil }
      let byte = unsafe bytes[at]
      at += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
