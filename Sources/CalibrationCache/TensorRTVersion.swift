/// A release of TensorRT.
package struct TensorRTVersion: Sendable, Hashable {
  package let major: Int
  package let minor: Int
  package let patch: Int

  /// What is assumed where no version is named: 8.6.1, the last one that many builders of version 8 use.
  package static let assumed = TensorRTVersion(major: 8, minor: 6, patch: 1)

  private init(major: Int, minor: Int, patch: Int) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  /// Reads a version such as `8.6.1`, `10.9` or, with a build number that is left out, `8.6.1.6`.
  package init(_ text: String) throws(TensorRTVersionError) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.allSatisfy { $0.isASCII && $0.isNumber } && part.count <= 4 ? Int(part) : nil
    }
    guard (2...4).contains(parts.count), numbers.count == parts.count else { throw .unreadable(text) }
    self.init(major: numbers[0], minor: numbers[1], patch: numbers.count > 2 ? numbers[2] : 0)
    // Beyond these the number in the header would mean another version.
    guard patch < 100, minor < (major < 10 ? 10 : 100) else { throw .unreadable(text) }
    guard major >= 5 else { throw .tooOld(text) }
    guard major < 11 else { throw .withoutCaches(text) }
  }

  /// The version that a cache's header means by a number; nil where none has that number.
  package init?(number: Int) {
    let step = number >= 100_000 ? 10_000 : 1000
    guard number >= 1000, number < 1_000_000 else { return nil }
    guard (number >= 100_000) == (number / step >= 10) else { return nil }
    self.init(major: number / step, minor: number % step / 100, patch: number % 100)
  }

  /// How a cache's header writes the version: 8.6.1 is 8601, 10.9.0 is 100900.
  package var number: Int { major * (major < 10 ? 1000 : 10_000) + minor * 100 + patch }
}

extension TensorRTVersion: CustomStringConvertible {
  package var description: String { "\(major).\(minor).\(patch)" }
}

/// A version for which no cache can be written.
package enum TensorRTVersionError: Error, Equatable {
  case unreadable(String)
  case tooOld(String)
  case withoutCaches(String)
}

extension TensorRTVersionError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreadable(let text): "TensorRT version: expected one such as 8.6.1 or 10.9.0, found '\(text)'"
    case .tooOld(let text):
      "TensorRT version: expected 5.0 or later, found '\(text)', whose caches name no version; use a later builder"
    case .withoutCaches(let text):
      "TensorRT version: expected 10.16 or earlier, found '\(text)'; TensorRT 11 removed calibrators and reads no "
        + "caches: give it a network with quantize and dequantize nodes instead"
    }
  }
}
