import Calibration

/// The first line of a TensorRT calibration cache, kept as it stands.
package struct TensorRTHeader: Sendable, Hashable {
  /// The line, without its end.
  package let text: String

  /// What a header says.
  package enum Meaning: Sendable, Hashable {
    /// `TRT-8601-EntropyCalibration2`: since version 5. The version is nil where the number names none.
    case versioned(TensorRTVersion?, calibrator: String)
    /// `1`: the entropy calibrator before version 5.
    case algorithm(Int)
    /// `0 3ff0000000000000 3fefffeb074a771d`: the legacy calibrator, with a quantile and a cutoff as binary64 bits.
    case legacy(quantile: Double, cutoff: Double)
  }

  package let meaning: Meaning

  /// Reads a header; nil where the line is none.
  package init?(_ text: String) {
    guard !text.utf8.contains(where: { $0 == 10 || $0 == 13 }), let meaning = Self.meaning(of: text) else { return nil }
    self.text = text
    self.meaning = meaning
  }

  /// The header under which a builder of this version accepts a cache. It compares version and calibrator and looks at
  /// nothing else.
  package init(version: TensorRTVersion, calibrator: TensorRTCalibrator) {
    text = "TRT-\(version.number)-\(calibrator.rawValue)"
    meaning = .versioned(version, calibrator: calibrator.rawValue)
  }

  private static func meaning(of text: String) -> Meaning? {
    let words = text.split(separator: " ")
    if text.hasPrefix("TRT-") {
      let parts = text.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[2].isEmpty else { return nil }
      return .versioned(natural(parts[1]).flatMap(TensorRTVersion.init(number:)), calibrator: String(parts[2]))
    }
    if words.count == 3, words[0] == "0", let quantile = UInt64(words[1], radix: 16),
      let cutoff = UInt64(words[2], radix: 16)
    {
      return .legacy(quantile: Double(bitPattern: quantile), cutoff: Double(bitPattern: cutoff))
    }
    if words.count == 1, text.utf8.count <= 2, let number = natural(text) { return .algorithm(number) }
    return nil
  }

  /// A number written in digits only; `Int(_:)` takes a sign as well.
  private static func natural(_ text: some StringProtocol) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }
}

/// The calibrators that TensorRT since version 5 names in a cache.
package enum TensorRTCalibrator: String, Sendable, Hashable, CaseIterable {
  case entropy2 = "EntropyCalibration2"
  case minMax = "MinMaxCalibration"

  /// The calibrator under whose name the ranges of a method are written: MinMax for `max`, which makes the same numbers,
  /// and Entropy2 for all others. A builder only checks that it is the one it was given.
  package init(method: String) { self = method == MaxRange.name ? .minMax : .entropy2 }
}
