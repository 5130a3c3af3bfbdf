import CalibrationCache
import Reporting

/// How many names of an older cache found a new scale, and in which way.
package struct MappingSummary: Encodable, Sendable {
  package let sameName: Int
  package let renamed: Int
  package let fromSource: Int
  /// Names that keep the old cache's scales.
  package let unmapped: [String]
  /// Names of the old cache that were left out.
  package let dropped: [String]
  /// Tensors with a new scale that the old cache has no name for.
  package let unused: [String]

  init(_ mapping: NameMapping) {
    sameName = mapping.origins.count { $0 == .sameName }
    renamed = mapping.origins.count { if case .renamed = $0 { true } else { false } }
    fromSource = mapping.origins.count { if case .source = $0 { true } else { false } }
    unmapped = mapping.unmapped
    dropped = mapping.droppedNames
    unused = mapping.unused
  }

  /// For a terminal.
  var text: String {
    "names: \(sameName) as they were, \(renamed) renamed, \(fromSource) from the tensor whose values they hold, "
      + "\(unmapped.count) with the old scale, \(dropped.count) left out, \(unused.count) new ones unused"
  }

  /// One line for each name that found no new scale, and one for the tensors that found no name.
  static func warnings(_ mapping: NameMapping, old: String) -> [String] {
    var lines = mapping.unmapped.map { "'\($0)': no new scale found; it keeps that of \(old)" }
    lines += mapping.droppedNames.map { "'\($0)': no new scale found; left out" }
    if let first = mapping.unused.first {
      lines.append(
        "\(mapping.unused.count) tensors have a scale but no name in \(old) and are left out; the first: '\(first)'")
    }
    return lines.map(PlainText.terminal)
  }
}
