extension Preprocessing: CustomStringConvertible {
  /// In the words of the command line's flags, without the steps that change nothing: equal for equal preprocessing, and
  /// different for any other.
  package var description: String {
    var parts = ["channels \(channels.rawValue)"]
    if let resize { parts.append("resize \(resize), filter \(filter.rawValue)") }
    if let crop { parts.append("crop \(crop)") }
    if divide != 1 { parts.append("divide \(Self.text([divide]))") }
    if scale != 1 { parts.append("scale \(Self.text([scale]))") }
    if mean.contains(where: { $0 != 0 }) { parts.append("mean \(Self.text(mean))") }
    if std.contains(where: { $0 != 1 }) { parts.append("std \(Self.text(std))") }
    parts.append("layout \(layout.rawValue)")
    return parts.joined(separator: ", ")
  }

  /// Whole numbers without a fraction.
  private static func text(_ numbers: [Float]) -> String {
    numbers.map { number in
      let text = "\(number)"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }.joined(separator: ",")
  }
}

extension Preprocessing.Extent: CustomStringConvertible {
  package var description: String { "\(height)x\(width)" }
}

extension Preprocessing.Resize: CustomStringConvertible {
  package var description: String {
    switch self {
    case .shorter(let length): "shorter:\(length)"
    case .exact(let extent): "exact:\(extent)"
    case .letterbox(let extent, let pad): "letterbox:\(extent), pad \(pad)"
    }
  }
}
