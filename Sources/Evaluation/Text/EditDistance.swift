/// How many single changes turn one text into another.
package enum EditDistance {
  /// The least number of insertions, deletions and substitutions of Unicode scalars (Levenshtein 1965): what a
  /// character error rate counts. Texts are taken as they stand, neither folded nor normalized.
  package static func between(_ a: String, _ b: String) -> Int {
    let rows = Array(a.unicodeScalars), columns = Array(b.unicodeScalars)
    guard !rows.isEmpty else { return columns.count }
    var last = Array(0...columns.count)
    for (i, x) in rows.enumerated() {
      var diagonal = last[0]
      last[0] = i + 1
      for (j, y) in columns.enumerated() {
        let changed = diagonal + (x == y ? 0 : 1)
        diagonal = last[j + 1]
        last[j + 1] = min(changed, last[j] + 1, diagonal + 1)
      }
    }
    return last[columns.count]
  }
}
