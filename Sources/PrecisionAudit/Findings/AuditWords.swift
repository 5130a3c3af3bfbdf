import Foundation

/// How the audit's figures read.
package enum AuditWords {
  /// `46.52 dB`; `no error`, `broken`.
  package static func decibels(_ value: Double) -> String {
    if value.isNaN { return "no values" }
    if value == .infinity { return "no error" }
    if value == -.infinity { return "broken" }
    return String(format: "%.1f dB", value)
  }

  package static func share(_ value: Double) -> String {
    value == 0 ? "0 %" : value < 0.0001 ? "less than 0.01 %" : String(format: "%.3g %%", value * 100)
  }

  /// How far a magnitude is from the largest number.
  package static func binades(_ headroom: Double?) -> String {
    guard let headroom else { return "no values" }
    return headroom < 0
      ? String(format: "%.1f binades past the largest number", -headroom)
      : String(format: "%.1f binades below the largest number", headroom)
  }
}
