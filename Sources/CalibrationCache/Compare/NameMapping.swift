/// A cache's scales under the names, and in the order, of an older cache of the same network.
///
/// An engine builder looks scales up by the names that it gave to tensors itself. Some of these the ONNX file does not
/// have: its parser splits and reshapes, and calls what it makes `(Unnamed Layer* 64) [Shuffle]_output` or
/// `ONNXTRT_Broadcast_191_output`, or after the node instead of its output.
///
/// A name of the old cache finds its new scale in the first of these ways:
/// 1. the new cache has the name;
/// 2. it is `<x>_output` and the new cache has `<x>_output_0`, or the network has a node `<x>` whose output has a
///    scale;
/// 3. it is made by the parser, and the old scale equals, bit for bit, that of the nearest named tensor that has a new
///    scale; the one before it where two are as near. Such a tensor holds the values of that one.
///
/// Scales that no tensor tells from others, such as 0, infinity and that of a saturated Sigmoid, are no evidence for 3.
package struct NameMapping: Sendable {
  /// What became of a name of the old cache.
  package enum Origin: Sendable, Hashable {
    case sameName
    /// The name of the new cache that it was taken from.
    case renamed(String)
    /// The tensor whose values it holds, going by the old scales.
    case source(String)
    /// Not found: the old scale stays.
    case unmapped
  }

  /// The entries of the old cache in its order, with new scales where they were found.
  package let document: CacheDocument
  /// For each of these entries.
  package let origins: [Origin]
  /// Tensors of the new cache that the old one has no name for, in file order.
  package let unused: [String]

  /// Names of the old cache whose scales stay the old ones.
  package var unmapped: [String] { zip(document.entries, origins).filter { $0.1 == .unmapped }.map(\.0.name) }

  /// - Parameters:
  ///   - document: The new scales.
  ///   - old: The cache whose names and order are kept. Its header is not: the new one's counts.
  ///   - model: The network, where it is at hand.
  ///   - dropsUnmapped: Whether names without a new scale are left out.
  package init(
    _ document: CacheDocument, namesFrom old: CacheDocument, model: [ModelTensor] = [], dropsUnmapped: Bool = false
  ) {
    let new = Dictionary(document.entries.map { ($0.name, $0) }) { first, _ in first }
    var outputs: [String: String] = [:]
    for tensor in model { if let node = tensor.node, outputs[node] == nil { outputs[node] = tensor.name } }
    var named = old.entries.map { Self.direct($0.name, new, outputs) }
    let sources = SourceIndex(
      old, isSource: named.indices.map { named[$0] != nil && !ParserMadeName.matches(old.entries[$0].name) })
    for (index, entry) in old.entries.enumerated() where named[index] == nil && ParserMadeName.matches(entry.name) {
      guard let source = sources.nearest(to: index), let (name, _) = Self.direct(old.entries[source].name, new, outputs)
      else { continue }
      named[index] = (name, .source(old.entries[source].name))
    }

    var result = document
    result.entries = []
    var origins: [Origin] = []
    for (entry, found) in zip(old.entries, named) {
      if let (name, origin) = found, var mapped = new[name] {
        mapped.name = entry.name
        result.entries.append(mapped)
        origins.append(origin)
      } else if !dropsUnmapped {
        result.entries.append(entry)
        origins.append(.unmapped)
      }
    }
    self.document = result
    self.origins = origins
    let used = Set(named.compactMap { $0?.name })
    unused = document.entries.map(\.name).filter { !used.contains($0) }
    droppedNames = dropsUnmapped ? zip(old.entries, named).filter { $0.1 == nil }.map(\.0.name) : []
  }

  /// Names of the old cache that were left out.
  package let droppedNames: [String]

  private static func direct(
    _ name: String, _ new: [String: CacheEntry], _ outputs: [String: String]
  ) -> (name: String, origin: Origin)? {
    if new[name] != nil { return (name, .sameName) }
    guard name.hasSuffix("_output"), !ParserMadeName.matches(name) else { return nil }
    if new[name + "_0"] != nil { return (name + "_0", .renamed(name + "_0")) }
    guard let output = outputs[String(name.dropLast("_output".count))], new[output] != nil else { return nil }
    return (output, .renamed(output))
  }
}

/// Where each scale of a cache occurs among the tensors that others may have their values from.
private struct SourceIndex {
  private let bits: [UInt32]
  /// Ascending.
  private var places: [UInt32: [Int]] = [:]

  /// 0, infinity, and the scale of every function bounded by 1, after MinMax and after entropy.
  private static let commonScales: Set<UInt32> = [0, 0x7f80_0000, 0x3c01_0204, 0x3c01_0a14]

  init(_ document: CacheDocument, isSource: [Bool]) {
    bits = document.entries.map(\.scaleBits)
    for (index, scale) in bits.enumerated() where isSource[index] && !Self.commonScales.contains(scale) {
      places[scale, default: []].append(index)
    }
  }

  func nearest(to index: Int) -> Int? {
    guard let candidates = places[bits[index]] else { return nil }
    return candidates.min { one, other in
      let near = (one - index).magnitude, far = (other - index).magnitude
      return near == far ? one < other : near < far
    }
  }
}
