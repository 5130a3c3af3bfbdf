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
    /// The file says something that is not kept: what it is, and what becomes of it.
    case leftOut(String, reason: String)
    /// A magnitude with a sign.
    case negativeMagnitude(String)
  }

  /// Counted from 1; in a file without lines, the place of the tensor in it.
  package let line: Int
  package let kind: Kind

  package init(line: Int, _ kind: Kind) {
    self.line = line
    self.kind = kind
  }
}

extension CacheIrregularity: CustomStringConvertible {
  package var description: String { "line \(line): \(kind)" }
}

extension CacheIrregularity.Kind: CustomStringConvertible {
  package var description: String {
    switch self {
    case .byteOrderMark: "a byte order mark in front"
    case .carriageReturn: "a carriage return at the end"
    case .blankLine: "a blank line"
    case .noFinalNewline: "no newline at the end"
    case .unusualNumber(let number): "expected unpadded lower-case hexadecimal digits, found '\(number)'"
    case .duplicateName(let name, let first): "tensor '\(name)' has a scale on line \(first) already"
    case .unreadableVersion(let header): "expected 'TRT-<number>-<calibrator>', found '\(header)'"
    case .leftOut(let what, let reason): "\(what): \(reason)"
    case .negativeMagnitude(let name):
      "tensor '\(name)': expected a magnitude, found a negative number; its sign is dropped"
    }
  }
}
