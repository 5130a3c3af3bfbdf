/// A finite number as the fewest decimal digits that read back as the same number: `0.d₁d₂d₃… · 10^exponent`.
package struct DecimalNumber: Sendable, Hashable {
  private let isNegative: Bool
  /// ASCII digits without zeros at either end; empty for 0.
  private let digits: [UInt8]
  private let exponent: Int

  /// - Parameter value: Finite; the digits of others are unspecified.
  package init(_ value: Double) { self.init(text: value.description) }
  /// - Parameter value: Finite; the digits of others are unspecified.
  package init(_ value: Float) { self.init(text: value.description) }

  /// Takes apart what the standard library prints: `-1.25e-07`, `0.5`, `1e+16`.
  private init(text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "e"), maxSplits: 1)
    var mantissa = parts[0][...]
    isNegative = mantissa.first == UInt8(ascii: "-")
    if isNegative { mantissa = mantissa.dropFirst() }
    let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }
    let all = Array(mantissa.filter { $0 != UInt8(ascii: ".") })
    let zero = UInt8(ascii: "0")
    let leading = all.prefix { $0 == zero }.count
    var digits = Array(all.dropFirst(leading))
    while digits.last == zero { digits.removeLast() }
    self.digits = digits
    let power = parts.count > 1 ? Int(Substring(parts[1]).drop { $0 == "+" }) ?? 0 : 0
    exponent = digits.isEmpty ? 0 : whole.count - leading + power
  }

  /// As Python's `repr` writes a float: with an exponent below 0.0001 and from 10^16 on, else with a point.
  package var python: String {
    guard !digits.isEmpty, exponent < -3 || exponent > 16 else { return plain }
    let rest = digits.dropFirst()
    let power = exponent - 1
    let magnitude = String(power.magnitude)
    return (isNegative ? "-" : "") + String(decoding: digits.prefix(1), as: UTF8.self)
      + (rest.isEmpty ? "" : "." + String(decoding: rest, as: UTF8.self)) + (power < 0 ? "e-" : "e+")
      + (magnitude.count < 2 ? "0" : "") + magnitude
  }

  /// Without an exponent and with at least one digit on either side of the point.
  package var plain: String {
    let zero = UInt8(ascii: "0")
    var whole = Array(digits.prefix(max(exponent, 0)))
    whole += Array(repeating: zero, count: max(exponent - digits.count, 0))
    let fraction = Array(repeating: zero, count: max(-exponent, 0)) + digits.dropFirst(max(exponent, 0))
    return (isNegative ? "-" : "") + (whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self)) + "."
      + (digits.isEmpty || fraction.isEmpty || exponent >= digits.count
        ? "0" : String(decoding: fraction, as: UTF8.self))
  }

  /// As C's `%f` writes it, with six digits after the point; nil where that is too large to be exact in binary64.
  package static func sixPlaces(_ value: Float) -> String? {
    // 24 bits times 20 bits: exact.
    let millionths = (Double(value.magnitude) * 1_000_000).rounded(.toNearestOrEven)
    guard millionths < 0x1p53 else { return nil }
    let digits = String(Int64(millionths))
    let padded = String(repeating: "0", count: max(7 - digits.count, 0)) + digits
    return (value.sign == .minus ? "-" : "") + padded.dropLast(6) + "." + padded.suffix(6)
  }

  /// Reads `12`, `-0.5`, `1e-05`, `inf` or `nan`, in any case; nil for anything else, such as hexadecimal digits.
  package static func value(of text: some Collection<UInt8>) -> Double? {
    let text = String(decoding: text, as: UTF8.self).lowercased()
    switch text.drop(while: { $0 == "-" || $0 == "+" }) {
    case "inf", "infinity": return text.hasPrefix("-") ? -.infinity : .infinity
    case "nan": return .nan
    default: break
    }
    let isPlain = text.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || [0x2b, 0x2d, 0x2e, 0x65].contains($0)
    }
    return isPlain ? Double(text) : nil
  }
}
