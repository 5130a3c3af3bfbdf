import CalibrationCache
import Reporting

/// What `qtool cache diff` prints: by how much the scales of two caches differ.
package struct CacheComparison: Encodable, Sendable {
  package struct Row: Encodable, Sendable {
    let name: String
    /// Nil where it is NaN or infinite.
    let left: Float?
    let right: Float?
    /// Right over left; nil where it is no finite number.
    let ratio: Double?
  }

  package let left: String
  package let right: String
  package let equal: Int
  package let medianRatio: Double?
  package let onlyLeft: [String]
  package let onlyRight: [String]
  /// The largest difference first.
  package let changes: [Row]
  package let suspicion: String?
  private let diff: CacheDiff
  private let titles: [String]

  private enum CodingKeys: String, CodingKey {
    case left, right, equal, medianRatio, onlyLeft, onlyRight, changes, suspicion
  }

  package init(_ left: LoadedCache, _ right: LoadedCache) {
    diff = CacheDiff(left.document, right.document)
    self.left = left.path
    self.right = right.path
    equal = diff.equalCount
    medianRatio = diff.medianRatio
    onlyLeft = diff.onlyLeft
    onlyRight = diff.onlyRight
    suspicion = diff.suspicion
    titles = ["left   \(left.title)", "right  \(right.title)"]
    changes = diff.changes.map { change in
      let ratio = Double(change.right) / Double(change.left)
      return Row(name: change.name, left: change.left.finite, right: change.right.finite, ratio: ratio.finite)
    }
  }

  /// Whether a tensor's scales differ by more than `ratio`, either way, or one of the caches lacks a tensor.
  package func differs(beyond ratio: Double) -> Bool {
    diff.count(beyond: ratio) > 0 || !onlyLeft.isEmpty || !onlyRight.isEmpty
  }

  /// The table for a terminal.
  ///
  /// - Parameter limit: How many tensors to list of each kind; nil for all.
  package func text(limit: Int? = nil) -> String {
    var lines = titles
    lines.append(
      "\(LoadedCache.count(diff.commonCount, "tensor")) in both: \(equal) equal, \(diff.count(beyond: 1.01)) differ "
        + "by more than 1 %, \(diff.count(beyond: 1.1)) by more than 10 %, \(diff.count(beyond: 2)) by more than "
        + "a factor of 2"
    )
    if let medianRatio { lines.append("median ratio, right over left: \(NumberText.short(medianRatio))") }
    if let suspicion { lines.append("note: \(suspicion)") }
    let shown = diff.changes.prefix(limit ?? diff.changes.count)
    if !shown.isEmpty {
      lines.append("")
      let rows = shown.map { change in
        [
          PlainText.terminal(change.name), NumberText.short(change.left), NumberText.short(change.right),
          NumberText.short(Double(change.right) / Double(change.left)),
        ]
      }
      lines += TextTable.lines([["tensor", "left", "right", "ratio"]] + rows, rightAligned: [1, 2, 3])
      if shown.count < diff.changes.count {
        lines.append("… and \(diff.changes.count - shown.count) more; --all lists them")
      }
    }
    for (names, side) in [(onlyLeft, "left"), (onlyRight, "right")] where !names.isEmpty {
      lines += ["", "only in the \(side) one, \(LoadedCache.count(names.count, "tensor"))"]
      let some = names.prefix(limit ?? names.count)
      lines += some.map { "  \(PlainText.terminal($0))" }
      if some.count < names.count { lines.append("  … and \(names.count - some.count) more; --all lists them") }
    }
    return lines.joined(separator: "\n")
  }

  /// The same as JSON.
  package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
}
