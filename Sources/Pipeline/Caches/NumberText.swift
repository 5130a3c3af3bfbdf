import Foundation

/// Numbers as tables show them: six digits, as C's `%g` prints them.
enum NumberText {
  static func short(_ value: Double) -> String {
    value.isFinite ? String(format: "%.6g", value) : value.isNaN ? "NaN" : value < 0 ? "-inf" : "inf"
  }

  static func short(_ value: Float) -> String { short(Double(value)) }
}

extension BinaryFloatingPoint {
  /// Nil for NaN and infinities, which JSON has no numbers for.
  var finite: Self? { isFinite ? self : nil }
}
