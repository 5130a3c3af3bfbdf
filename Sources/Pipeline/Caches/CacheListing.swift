import CalibrationCache
import Foundation
import Reporting

/// What `qtool cache show` prints: every tensor with its scale.
package struct CacheListing: Encodable, Sendable {
  /// The order of the rows.
  package enum Order: String, Sendable, CaseIterable {
    case file
    case name
    case scale
  }

  package struct Row: Encodable, Sendable {
    let name: String
    let role: String
    /// Nil where it is NaN or infinite; the bits tell.
    let scale: Float?
    let scaleBits: String
    let amax: Double?
    let lower: Double?
    let upper: Double?
    let bits: Int?
    let signed: Bool?
    /// Nil within the list for NaN and infinities.
    let scales: [Double?]?
    let zeroPoints: [Int]?
    let axis: Int?
  }

  package let file: String
  package let format: String
  package let header: String?
  package let tensors: [Row]
  package let irregularities: [String]
  private let title: String

  private enum CodingKeys: String, CodingKey {
    case file, format, header, tensors, irregularities
  }

  /// - Parameter patterns: Tensors to list; nil for all.
  package init(_ cache: LoadedCache, order: Order = .file, patterns: NamePatterns? = nil) {
    file = cache.path
    format = cache.format.name
    header = cache.document.header?.text
    title = cache.title
    irregularities = cache.document.irregularities.map(\.description)
    var entries = cache.document.entries
    if let patterns { entries.removeAll { !patterns.match($0.name) } }
    switch order {
    case .file: break
    case .name:
      entries = entries.enumerated().sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }.map(
        \.element)
    case .scale:
      // The largest first; NaN before all.
      func weight(_ entry: CacheEntry) -> Float { entry.scale.isNaN ? .infinity : entry.scale }
      entries = entries.enumerated().sorted { one, other in
        let left = weight(one.element), right = weight(other.element)
        return left == right ? one.offset < other.offset : left > right
      }.map(\.element)
    }
    tensors = entries.map(Row.init)
  }

  /// The table for a terminal.
  package var text: String {
    let hasRanges = tensors.contains { $0.lower != nil }, hasCodes = tensors.contains { $0.bits != nil }
    var rows = [
      ["tensor", "scale", "bits", "amax"] + (hasRanges ? ["lower", "upper"] : []) + (hasCodes ? ["codes"] : [])
    ]
    for tensor in tensors {
      var row = [
        PlainText.terminal(tensor.name), NumberText.short(tensor.shownScale), tensor.scaleBits,
        NumberText.short(tensor.shownScale * 127),
      ]
      if hasRanges { row += [tensor.lower, tensor.upper].map { $0.map { NumberText.short($0) } ?? "" } }
      if hasCodes { row.append(tensor.codes) }
      rows.append(row)
    }
    let notes = irregularities.map { PlainText.terminal("note: \($0)") }
    return ([title, ""] + TextTable.lines(rows, rightAligned: hasRanges ? [1, 2, 3, 4, 5] : [1, 2, 3]) + notes)
      .joined(separator: "\n")
  }

  /// The same as JSON.
  package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
}

extension CacheListing.Row {
  init(_ entry: CacheEntry) {
    name = entry.name
    role = entry.role.rawValue
    scale = entry.scale.finite
    scaleBits = String(entry.scaleBits, radix: 16)
    amax = entry.amax.finite
    lower = entry.range?.lower.finite
    upper = entry.range?.upper.finite
    bits = entry.encoding?.bits
    signed = entry.encoding?.isSigned
    scales = entry.encoding?.channels.map { $0.scale.finite }
    zeroPoints = entry.encoding?.channels.map(\.zeroPoint)
    axis = entry.encoding?.axis
  }

  fileprivate var shownScale: Double { Double(Float(bitPattern: UInt32(scaleBits, radix: 16) ?? 0)) }

  /// Such as `uint8, zero point 114` or `int8, 64 channels`.
  fileprivate var codes: String {
    guard let bits, let signed, let zeroPoints else { return "" }
    let type = "\(signed ? "int" : "uint")\(bits)"
    if zeroPoints.count > 1 { return "\(type), \(zeroPoints.count) channels" }
    return zeroPoints == [0] ? type : "\(type), zero point \(zeroPoints.first ?? 0)"
  }
}
