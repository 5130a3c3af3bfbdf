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

  package let panels: [Panel]
  package let lanes: Int

  /// - Parameters:
  ///   - channels: At least `lanes`.
  ///   - widest: How many vectors a panel has at most.
  package init(channels: Int, lanes: Int, widest: Int) {
    precondition(channels >= lanes && widest > 0, "a panel needs a whole vector of channels")
    self.lanes = lanes
    let vectors = (channels + lanes - 1) / lanes
    let count = (vectors + widest - 1) / widest
    var panels: [Panel] = []
    var next = 0
    for index in 0..<count {
      let size = (vectors - next) / (count - index) + ((vectors - next) % (count - index) == 0 ? 0 : 1)
      let last = min((next + size - 1) * lanes, channels - lanes)
      panels.append(Panel(firstChannel: next * lanes, vectors: size, tail: last - next * lanes))
      next += size
    }
    self.panels = panels
  }

  /// How many floats the packed weights of `depth` products per output take.
  package func packedCount(depth: Int) -> Int { panels.reduce(0) { $0 + $1.vectors } * lanes * depth }

  /// Writes the weights panel by panel, in each the weights of one product after the other, channel beside channel.
  ///
  /// - Parameter weight: The weight of product `k` of output channel `c`.
  package func pack(depth: Int, into packed: inout [Float], _ weight: (_ k: Int, _ c: Int) -> Float) {
    packed.reserveCapacity(packed.count + packedCount(depth: depth))
    for panel in panels {
      for k in 0..<depth {
        for vector in 0..<panel.vectors {
          let first = panel.firstChannel + (vector == panel.vectors - 1 ? panel.tail : vector * lanes)
          for lane in 0..<lanes { packed.append(weight(k, first + lane)) }
        }
      }
    }
  }
}
