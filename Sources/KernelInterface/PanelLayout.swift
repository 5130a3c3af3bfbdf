/// How the output channels of a convolution are cut into panels, each a few vectors wide: a panel's sums stay in
/// registers while its windows pass.
///
/// The last vector begins so that it ends with the last channel: it may overlap the one before it, whose channels it
/// then works out a second time, to the same bits. Every store is a whole vector.
package struct PanelLayout: Sendable {
  package struct Panel: Sendable {
    package let firstChannel: Int
    package let vectors: Int
    /// Where the panel's last vector begins, counted from `firstChannel`.
    package let tail: Int
  }

  package let lanes: Int
  /// How many panels there are.
  package let count: Int
  private let channels: Int
  private let vectors: Int

  /// - Parameters:
  ///   - channels: At least `lanes`.
  ///   - widest: How many vectors a panel has at most. Panels differ by one vector at most.
  package init(channels: Int, lanes: Int, widest: Int) {
    precondition(channels >= lanes && widest > 0, "a panel needs a whole vector of channels")
    self.channels = channels
    self.lanes = lanes
    vectors = (channels + lanes - 1) / lanes
    count = (vectors + widest - 1) / widest
  }

  package subscript(index: Int) -> Panel {
    let (least, wider) = vectors.quotientAndRemainder(dividingBy: count)
    let first = index * least + min(index, wider)
    let size = least + (index < wider ? 1 : 0)
    let last = min((first + size - 1) * lanes, channels - lanes)
    return Panel(firstChannel: first * lanes, vectors: size, tail: last - first * lanes)
  }

  package var panels: [Panel] { (0..<count).map { self[$0] } }

  /// How many floats the packed weights of `depth` products per output take.
  package func packedCount(depth: Int) -> Int { vectors * lanes * depth }

  /// Goes through the vectors of the packed weights in turn: panel by panel, in each the weights of one product after the
  /// other, channel beside channel.
  ///
  /// - Parameter body: Is told whose weights a vector holds: those of product `k` of the ``lanes`` channels from `first` on.
  // Inlined where it is called, so that the closure costs no call per vector.
  @inlinable @inline(__always)
  package func forEachVector(depth: Int, _ body: (_ k: Int, _ first: Int) -> Void) {
    for panel in panels {
      for k in 0..<depth {
        for vector in 0..<panel.vectors {
          body(k, panel.firstChannel + (vector == panel.vectors - 1 ? panel.tail : vector * lanes))
        }
      }
    }
  }
}
