/// A histogram reduced to what a chart can show.
package struct HistogramBars: Sendable, Equatable {
  package enum Spacing: String, Sendable {
    case linear
    /// The edges grow by a factor; all are above zero.
    case logarithmic
  }

  /// The most bars that a histogram may have.
  package static let mostBars = 256

  package let spacing: Spacing
  /// One more than there are bars, strictly ascending, in the tensor's own unit: of `x` where the first is negative,
  /// else of `|x|`.
  package let edges: [Double]
  /// How many values lie in `[edges[i], edges[i + 1])`.
  package let counts: [UInt64]

  /// Nil where the edges are not finite and strictly ascending, not one more than the counts, not above zero for
  /// logarithmic spacing, or where there are no bars or more than ``mostBars``.
  package init?(_ spacing: Spacing, edges: [Double], counts: [UInt64]) {
    guard (1...Self.mostBars).contains(counts.count), edges.count == counts.count + 1 else { return nil }
    guard edges.allSatisfy(\.isFinite), zip(edges, edges.dropFirst()).allSatisfy(<) else { return nil }
    guard spacing == .linear || edges[0] > 0 else { return nil }
    self.spacing = spacing
    self.edges = edges
    self.counts = counts
  }

  /// Whether the bars are of `x` and not of `|x|`.
  package var isSigned: Bool { edges[0] < 0 }

  var json: JSONValue {
    .object([
      ("spacing", .string(spacing.rawValue)),
      ("of", .string(isSigned ? "x" : "|x|")),
      ("edges", .array(edges.map(JSONValue.double))),
      ("counts", .array(counts.map(JSONValue.count))),
    ])
  }
}
