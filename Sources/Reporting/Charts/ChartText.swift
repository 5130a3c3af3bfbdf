/// How places on a chart are written.
enum ChartText {
  /// A share of the chart's width in percent with two decimals: `12.5%`.
  static func percent(_ position: Double) -> String { decimal(position * 100, digits: 2) + "%" }

  /// `value` with at most `digits` decimals, without zeros at the end; `value` must be finite and small.
  static func decimal(_ value: Double, digits: Int) -> String {
    var power = 1
    for _ in 0..<digits { power *= 10 }
    guard value.isFinite, value.magnitude < 1e9 else { return "0" }
    let scaled = Int((value * Double(power)).rounded())
    var fraction = String(scaled.magnitude % UInt(power) + UInt(power)).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    let sign = scaled < 0 ? "-" : ""
    let whole = scaled.magnitude / UInt(power)
    return fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
  }

  /// Where the text beside a mark starts so that it does not leave the chart.
  static func anchor(_ position: Double) -> String { position > 0.4 ? "end" : "start" }
}
