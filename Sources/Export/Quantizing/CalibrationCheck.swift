package import CalibrationCache
package import ONNX
package import Quantization

/// Whether a calibration and a network fit.
package enum CalibrationCheck {
  /// How many names a message lists.
  private static let listed = 5

  /// Names of the calibration that no tensor of the network has, in its order. Names that a builder's parser made up for
  /// tensors between the network's own do not count, nor do those of weights.
  package static func unknownNames(_ document: CacheDocument, in graph: Graph) -> [String] {
    var known = Set(graph.inputs.map(\.name)).union(graph.initializers.keys)
    for node in graph.nodes { known.formUnion(node.outputs) }
    return document.entries.filter {
      $0.role == .activation && !known.contains($0.name) && !ParserMadeName.matches($0.name)
    }.map(\.name)
  }

  /// Refuses a calibration with names that the network does not have.
  package static func requireKnownNames(_ document: CacheDocument, in graph: Graph) throws(ExportError) {
    let unknown = unknownNames(document, in: graph)
    guard !unknown.isEmpty else { return }
    let tensors = graph.inputs.map(\.name) + graph.nodes.flatMap(\.outputs).filter { !$0.isEmpty }
    throw .unknownTensors(
      unknown.prefix(listed).map { ExportError.Misnomer(name: $0, nearest: nearest(to: $0, among: tensors)) },
      total: unknown.count)
  }

  /// Refuses a calibration with a scale that no grid can have.
  package static func requireUsableScales(_ document: CacheDocument) throws(ExportError) {
    for entry in document.entries where entry.role == .activation && !(entry.scale > 0 && entry.scale.isFinite) {
      throw .scale(tensor: entry.name, entry.scale)
    }
  }

  /// Refuses a plan that leaves out nodes because the calibration has no usable range for what they read.
  package static func requireRanges(
    _ plan: QuantizationPlan, document: CacheDocument
  ) throws(ExportError) {
    var missing: [String] = []
    for node in plan.kept {
      guard case .noRange(let tensor) = node.reason, !missing.contains(tensor) else { continue }
      if let entry = document.entries.first(where: { $0.name == tensor }) {
        throw .scale(tensor: tensor, entry.scale)
      }
      missing.append(tensor)
    }
    guard !missing.isEmpty else { return }
    let names = document.entries.map(\.name)
    throw .missingRanges(
      missing.prefix(listed).map { ExportError.Misnomer(name: $0, nearest: nearest(to: $0, among: names)) },
      total: missing.count)
  }

  /// The candidate with the fewest edits to `name`, if these are fewer than half its letters; the first of several.
  package static func nearest(to name: String, among candidates: [String]) -> String? {
    let letters = Array(name.unicodeScalars.prefix(200))
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let limit = best.map { $0.distance - 1 } ?? max(letters.count / 2, 1)
      guard let distance = edits(letters, Array(candidate.unicodeScalars.prefix(200)), atMost: limit) else { continue }
      best = (candidate, distance)
    }
    return best?.name
  }

  /// Levenshtein's distance; nil where it is more than `limit`.
  private static func edits(
    _ first: [Unicode.Scalar], _ second: [Unicode.Scalar], atMost limit: Int
  ) -> Int? {
    guard limit >= 0, abs(first.count - second.count) <= limit else { return nil }
    var row = Array(0...second.count)
    for (i, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in second.enumerated() {
        let change = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, diagonal + 1, row[j] + 1)
      }
      if row.min() ?? 0 > limit { return nil }
    }
    return row[second.count] <= limit ? row[second.count] : nil
  }
}
