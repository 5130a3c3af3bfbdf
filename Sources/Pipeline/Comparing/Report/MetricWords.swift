import Evaluation
import Foundation
import Reporting

/// How the figures of a comparison read.
extension MetricUnit {
  /// `91.2 %`, or a number of four digits.
  func words(_ value: Double) -> String {
    self == .share ? NumberFormat.share(value) : NumberFormat.number(value)
  }

  /// A change with its sign: `−0.35 points`, `+0.0123`, `unchanged`.
  func change(_ delta: Double) -> String {
    guard delta.isFinite else { return NumberFormat.number(delta) }
    if delta == 0 { return "unchanged" }
    return signed(delta) + (self == .share ? " points" : "")
  }

  /// The same without the unit: `−0.35`. Of a share in percentage points.
  func signed(_ delta: Double) -> String {
    self == .share ? NumberFormat.points(delta) : NumberFormat.signed(delta)
  }

  func cell(_ value: Double) -> TableCell {
    guard value.isFinite else { return .missing }
    return self == .share ? .share(value) : .real(value)
  }

  func changeCell(_ delta: Double) -> TableCell {
    guard delta.isFinite else { return .missing }
    return self == .share ? .points(delta) : .change(delta)
  }
}

extension DropLimit {
  /// As it was given.
  var words: String {
    // Shortest: 1, 0.5, 0.01.
    let text = number == number.rounded() && number < 1e6 ? "\(Int(number))" : "\(number)"
    return text + (isPercent ? "\u{A0}%" : "")
  }
}

enum DecibelWords {
  static func words(_ value: Double) -> String {
    value.isFinite ? String(format: "%.1f", value) + "\u{A0}dB" : value > 0 ? "identical" : "–"
  }

  static func cell(_ error: SignalError?) -> TableCell {
    error.map { $0.decibels.isFinite ? .number(Float($0.decibels)) : .missing } ?? .missing
  }
}
