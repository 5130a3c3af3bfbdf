import Foundation

/// How numbers read in reports. The JSON form does not use it: there they stand in full.
package enum NumberFormat {
  /// Four significant digits: plain from 0.001 to below 10 000, else with an exponent that is a multiple of three.
  ///
  /// `0`, `0.1250`, `1234`, `12.35e3`, `-1.000e-6`; `NaN`, `Inf`, `-Inf`.
  package static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "Inf" }
    guard value != 0 else { return "0" }
    // Rounding first: 9999.96 is 10.00e3.
    let parts = String(format: "%.3e", value.magnitude).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
    let sign = value < 0 ? "-" : ""
    let digits = Substring(parts[0].filter { $0 != "." })
    if (-3..<4).contains(exponent) { return sign + placed(digits, point: exponent + 1) }
    let engineering = Int((Double(exponent) / 3).rounded(.down)) * 3
    return sign + placed(digits, point: exponent - engineering + 1) + "e\(engineering)"
  }

  package static func number(_ value: Float) -> String { number(Double(value)) }

  /// A count in full, its digits in groups of three: `1 234 567`.
  package static func count(_ value: some BinaryInteger) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "\u{202F}" }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// A share of 1 in percent, with at most three significant digits. Only 0 reads `0 %`, only 1 reads `100 %`.
  package static func share(_ value: Double) -> String {
    guard value.isFinite else { return number(value) }
    if value == 0 { return "0\u{A0}%" }
    if value == 1 { return "100\u{A0}%" }
    if value > 0 && value < 0.000_001 { return "<\u{202F}0.0001\u{A0}%" }
    if value > 0.9999 && value < 1 { return ">\u{202F}99.99\u{A0}%" }
    let percent = value * 100
    let size = percent.magnitude
    let decimals = size >= 99.95 ? 2 : size >= 10 ? 1 : size >= 0.1 ? 2 : size >= 0.01 ? 3 : 4
    return String(format: "%.\(decimals)f", percent) + "\u{A0}%"
  }

  /// A change of a share of 1 in percentage points, with its sign and two decimals: `−0.35`, `+1.20`, `0`.
  package static func points(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return number(value) }
    return (value > 0 ? "+" : "−") + String(format: "%.2f", value.magnitude * 100)
  }

  /// A number with its sign: `−0.3500`, `+12.00`, `0`.
  package static func signed(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return number(value) }
    return (value > 0 ? "+" : "−") + number(value.magnitude)
  }

  /// The bits of a binary32 number as eight hexadecimal digits.
  package static func bits(_ value: Float) -> String {
    let digits = String(value.bitPattern, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// A round number beside an axis, as short as it can be: `0.01`, `20`, `1e-3`, `5e6`.
  package static func tick(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return number(value) }
    if (0.01..<1000).contains(value.magnitude) {
      return String(format: "%.4g", value)
    }
    let parts = String(format: "%.3e", value).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
    return String(format: "%.4g", Double(parts[0]) ?? 0) + "e\(exponent)"
  }

  /// Seconds as people say them: `0.42 s`, `12.3 s`, `3 min 05 s`, `2 h 04 min`.
  package static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return number(seconds) + "\u{A0}s" }
    if seconds < 9.995 { return String(format: "%.2f", seconds) + "\u{A0}s" }
    if seconds < 59.95 { return String(format: "%.1f", seconds) + "\u{A0}s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60)\u{A0}min \(padded(whole % 60))\u{A0}s" }
    return "\(whole / 3600)\u{A0}h \(padded(whole % 3600 / 60))\u{A0}min"
  }

  /// `212 MB`, in millions of bytes.
  package static func memory(bytes: Int) -> String { "\(count((bytes + 500_000) / 1_000_000))\u{A0}MB" }

  /// `one tensor` or `three tensors`, the number in digits.
  package static func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
    "\(self.count(count)) \(count == 1 ? one : many ?? one + "s")"
  }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// Sets the decimal point after the first `point` of four digits; zeros fill up where `point` is not positive.
  private static func placed(_ digits: Substring, point: Int) -> String {
    if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
    if point >= digits.count { return digits + String(repeating: "0", count: point - digits.count) }
    return digits.prefix(point) + "." + digits.dropFirst(point)
  }
}
