/// What a calibration cache says, whatever its format: a scale for each of a list of tensors.
package struct CacheDocument: Sendable, Equatable {
  /// The first line of a TensorRT cache; nil in formats that have none.
  package var header: TensorRTHeader?
  /// In file order.
  package var entries: [CacheEntry]
  /// Where the file read differs from what the format's own writer makes; writing mends these.
  package var irregularities: [CacheIrregularity]

  package init(
    header: TensorRTHeader? = nil, entries: [CacheEntry] = [], irregularities: [CacheIrregularity] = []
  ) {
    self.header = header
    self.entries = entries
    self.irregularities = irregularities
  }
}

/// The scale of one tensor.
package struct CacheEntry: Sendable, Hashable {
  /// May hold any character but line breaks: `:`, spaces and brackets all occur.
  package var name: String
  /// The bits of the scale, kept because caches hold infinities and zeros that must not change.
  package var scaleBits: UInt32

  package init(name: String, scaleBits: UInt32) {
    self.name = name
    self.scaleBits = scaleBits
  }

  package init(name: String, scale: Float) { self.init(name: name, scaleBits: scale.bitPattern) }

  /// What a step of the quantized tensor is worth: `amax / 127` for symmetric INT8.
  package var scale: Float { Float(bitPattern: scaleBits) }
}

/// A place where a file differs from what its format's own writer makes, although its meaning is clear.
package struct CacheIrregularity: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case byteOrderMark
    case carriageReturn
    case blankLine
    case noFinalNewline
    /// Digits in upper case, a `0x` in front, leading zeros, or spaces around.
    case unusualNumber(String)
    case duplicateName(String, firstLine: Int)
    /// The header does not name a version: no builder will use the cache.
    case unreadableVersion(String)
  }

  /// Counted from 1.
  package let line: Int
  package let kind: Kind

  package init(line: Int, _ kind: Kind) {
    self.line = line
    self.kind = kind
  }
}

extension CacheIrregularity: CustomStringConvertible {
  package var description: String {
    let text =
      switch kind {
      case .byteOrderMark: "a byte order mark in front"
      case .carriageReturn: "a carriage return at the end"
      case .blankLine: "a blank line"
      case .noFinalNewline: "no newline at the end"
      case .unusualNumber(let number): "expected unpadded lower-case hexadecimal digits, found '\(number)'"
      case .duplicateName(let name, let first): "tensor '\(name)' has a scale on line \(first) already"
      case .unreadableVersion(let header): "expected 'TRT-<number>-<calibrator>', found '\(header)'"
      }
    return "line \(line): \(text)"
  }
}
