/// Something a document says that a format cannot hold: what writing it there loses or assumes.
package struct CacheOmission: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable {
    /// Weights' scales, in a format for activations only.
    case weights
    /// Ranges that are not symmetric, of which the greatest magnitude is kept.
    case asymmetry
    /// Zero points and bit widths, of which the range is kept.
    case encodings
    /// Scales of single channels, of which the greatest is kept.
    case channels
    /// The axis of the channels, which the source does not name: 0 is written.
    case assumedAxis = "assumed-axis"
    /// What the source's file says beside the tensors.
    case extras
    /// The header of a TensorRT cache.
    case header
    /// Names that the format understands in another way.
    case names
  }

  package let kind: Kind
  /// The tensors, or the keys of the extras, in file order.
  package let subjects: [String]

  package init(_ kind: Kind, _ subjects: [String]) {
    self.kind = kind
    self.subjects = subjects
  }
}

extension CacheOmission: CustomStringConvertible {
  package var description: String {
    let count = subjects.count
    let some =
      subjects.prefix(3).map { "'\(CacheError.excerpt($0))'" }.joined(separator: ", ") + (count > 3 ? ", …" : "")
    return switch kind {
    case .weights: "scales of \(count) weights left out: \(some)"
    case .asymmetry: "\(count) asymmetric ranges became symmetric: \(some)"
    case .encodings: "zero points and bit widths of \(count) tensors left out, their ranges kept: \(some)"
    case .channels: "scales per channel of \(count) tensors became one scale each, the greatest: \(some)"
    case .assumedAxis: "the axis of the channels is assumed to be 0 for \(count) tensors: \(some)"
    case .extras: "left out: \(some)"
    case .header: "header left out: \(some)"
    case .names:
      "names are written as they are, but the two formats differ in whether they name tensors or layers: \(some)"
    }
  }
}

/// What a format can hold beside names and symmetric scales.
package struct CacheFormatContent: OptionSet, Sendable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }

  package static let header = CacheFormatContent(rawValue: 1)
  package static let ranges = CacheFormatContent(rawValue: 2)
  package static let encodings = CacheFormatContent(rawValue: 4)
  package static let weights = CacheFormatContent(rawValue: 8)
  /// One scale for each channel of a weight.
  package static let channels = CacheFormatContent(rawValue: 16)
  /// The axis of the channels.
  package static let axes = CacheFormatContent(rawValue: 32)
  /// Names are those of layers, and an activation is the layer's input.
  package static let layerNames = CacheFormatContent(rawValue: 64)
}

extension CacheFormat {
  /// What is lost or assumed when `document`, read from `source`, is written in this format; empty for the same format.
  package static func omissions(_ document: CacheDocument, from source: any CacheFormat.Type) -> [CacheOmission] {
    guard source != self else { return [] }
    var omissions: [CacheOmission] = []
    func add(_ kind: CacheOmission.Kind, _ subjects: [String]) {
      if !subjects.isEmpty { omissions.append(CacheOmission(kind, subjects)) }
    }
    func names(_ isAffected: (CacheEntry) -> Bool) -> [String] { document.entries.filter(isAffected).map(\.name) }
    let kept = document.entries.filter { content.contains(.weights) || $0.role == .activation }
    func keptNames(_ isAffected: (CacheEntry) -> Bool) -> [String] { kept.filter(isAffected).map(\.name) }

    if !content.contains(.header), let header = document.header { add(.header, [header.text]) }
    add(.extras, document.extras.map(\.name))
    if !content.contains(.weights) { add(.weights, names { $0.role == .weight }) }
    if !content.contains(.channels) {
      add(.channels, keptNames { $0.encoding.map { $0.channels.count > 1 } ?? false })
    }
    if !content.contains(.encodings) {
      add(.encodings, keptNames { $0.encoding.map { !$0.isSymmetricInt8 } ?? false })
    }
    if content.isDisjoint(with: [.ranges, .encodings]) {
      add(.asymmetry, keptNames { $0.encoding == nil && $0.range.map { !$0.isSymmetric } ?? false })
    }
    if content.contains(.axes) {
      add(.assumedAxis, keptNames { $0.encoding.map { $0.isPerChannel && $0.axis == nil } ?? false })
    }
    if content.contains(.layerNames) != source.content.contains(.layerNames), let first = kept.first {
      add(.names, [first.name])
    }
    return omissions
  }
}
