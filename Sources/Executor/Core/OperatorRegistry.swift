/// An operator as ONNX lists it: a name, and the operator-set version that gave it this meaning.
package struct OperatorEntry: Sendable {
  package let name: String
  package let domain: String
  package let since: Int
  package let make: @Sendable (NodeReader) throws(OperatorError) -> any Operator

  package init<Implementation: Operator>(
    _ name: String, domain: String = "", since: Int, _ implementation: Implementation.Type
  ) {
    self.name = name
    self.domain = domain
    self.since = since
    make = { node throws(OperatorError) in try Implementation(node) }
  }

  package init(
    _ name: String, domain: String, since: Int,
    make: @escaping @Sendable (NodeReader) throws(OperatorError) -> any Operator
  ) {
    self.name = name
    self.domain = domain
    self.since = since
    self.make = make
  }
}

/// Every operator that the executor knows.
package struct OperatorRegistry: Sendable {
  private struct Key: Hashable {
    let domain: String
    let name: String
  }
  /// Of each operator, the latest version first.
  private var entries: [Key: [OperatorEntry]]

  package init(_ families: [[OperatorEntry]]) {
    entries = Dictionary(grouping: families.joined()) { Key(domain: $0.domain, name: $0.name) }
      .mapValues { $0.sorted { $0.since > $1.since } }
  }

  /// Adds an operator; answers whether none of its name, domain and version was there.
  mutating func add(_ entry: OperatorEntry) -> Bool {
    let key = Key(domain: entry.domain, name: entry.name)
    var versions = entries[key] ?? []
    guard !versions.contains(where: { $0.since == entry.since }) else { return false }
    versions.insert(entry, at: versions.firstIndex { $0.since < entry.since } ?? versions.endIndex)
    entries[key] = versions
    return true
  }

  /// The names of the standard domain's operators, sorted.
  package var names: [String] { entries.keys.filter(\.domain.isEmpty).map(\.name).sorted() }

  package func knows(_ node: NodeLabel) -> Bool { entries[Key(domain: node.domain, name: node.opType)] != nil }

  /// Makes the operator that `node` means under its operator-set version: the greatest `since` not above it.
  package func makeOperator(for node: NodeReader) throws(OperatorError) -> any Operator {
    guard let versions = entries[Key(domain: node.label.domain, name: node.label.opType)] else {
      throw OperatorError(node.label, .unknownOperator(nearest: nearestName(to: node.label.opType)))
    }
    guard let entry = versions.first(where: { $0.since <= node.opset }) else {
      throw OperatorError(node.label, .unsupportedVersion(oldest: versions.last?.since ?? 0))
    }
    return try entry.make(node)
  }

  /// A known name that differs by letter case or by one or two letters.
  private func nearestName(to name: String) -> String? {
    let wanted = Array(name.lowercased().utf8)
    return names.map { (name: $0, distance: editDistance(wanted, Array($0.lowercased().utf8))) }
      .filter { $0.distance <= min(2, wanted.count / 3) }
      .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
  }
}

/// Levenshtein's distance: the fewest insertions, deletions and replacements that turn `a` into `b`.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let replaced = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
